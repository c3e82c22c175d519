//! From what was typed to what it means.

use crate::cli::account::Auth;
use crate::cli::{
    Command, deployments as deployment_cli, functions as function_cli, sandbox as sandbox_cli, secrets as secret_cli,
    tokens as token_cli,
};
use crate::commands::{
    Completion, Context, account, deploy, deployments, functions, reference, sandbox, secrets, tokens,
};
use crate::error::Error;

/// Runs a command.
pub(super) async fn dispatch(cx: &Context, command: &Command) -> Result<Completion, Error> {
    match command {
        Command::Tokens(command) => of_tokens(cx, command).await,
        Command::Deploy(args) => deploy::run(cx, args).await,
        Command::Functions(command) => of_functions(cx, command).await,
        Command::Deployments(command) => match command {
            deployment_cli::Command::List(args) => deployments::list(cx, args).await.map(Completion::from),
            deployment_cli::Command::Info(args) => deployments::info(cx, args).await.map(Completion::from),
            deployment_cli::Command::Wait(args) => deployments::wait(cx, args).await.map(Completion::from),
        },
        Command::Secrets(command) => match command {
            secret_cli::Command::List(args) => secrets::list::run(cx, args).await.map(Completion::from),
            secret_cli::Command::Set(args) => secrets::set::run(cx, args).await.map(Completion::from),
            secret_cli::Command::Delete(args) => secrets::delete::run(cx, args).await.map(Completion::from),
        },
        Command::Login(args) => account::login::run(cx, args).await.map(Completion::from),
        Command::Logout(args) => account::logout::run(cx, args).map(Completion::from),
        Command::Whoami => account::whoami::run(cx).await.map(Completion::from),
        Command::Auth(command) => match command {
            Auth::List => account::auth::list(cx).map(Completion::from),
            Auth::Switch(args) => account::auth::switch(cx, args).map(Completion::from),
            Auth::Remove(args) => account::auth::remove(cx, args).map(Completion::from),
        },
        Command::Sandbox(command) => match command {
            sandbox_cli::Command::Start(args) => sandbox::start::run(cx, args).await,
            sandbox_cli::Command::Run(args) => sandbox::run::run(cx, args).await,
            sandbox_cli::Command::Faults(args) => sandbox::admin::faults(cx, args).await.map(Completion::from),
            sandbox_cli::Command::Journal(_) => sandbox::admin::journal(cx).await.map(Completion::from),
            sandbox_cli::Command::Advance(args) => sandbox::admin::advance(cx, args).await.map(Completion::from),
        },
        Command::Schema(args) => reference::schema::run(cx, args).map(Completion::from),
        Command::Completions(args) => Ok(reference::completions::run(args).into()),
        Command::Man(args) => reference::man::run(cx, args).map(Completion::from),
    }
}

async fn of_tokens(cx: &Context, command: &token_cli::Command) -> Result<Completion, Error> {
    use token_cli::Command as Tokens;
    if !matches!(command, Tokens::Recover(_)) {
        tokens::recover::remind(cx);
    }
    match command {
        Tokens::Create(args) => tokens::create::run(cx, args).await,
        Tokens::List(args) => tokens::list::run(cx, args).await,
        Tokens::Revoke(args) => tokens::revoke::run(cx, args).await.map(Completion::from),
        Tokens::Rotate(args) => tokens::rotate::run(cx, args).await,
        Tokens::Regenerate(args) => tokens::regenerate::run(cx, args).await,
        Tokens::Disable(args) => tokens::set_status::run(cx, args, false).await.map(Completion::from),
        Tokens::Enable(args) => tokens::set_status::run(cx, args, true).await.map(Completion::from),
        Tokens::Verify(args) => tokens::verify::run(cx, args).await.map(Completion::from),
        Tokens::Prune(args) => tokens::prune::run(cx, args).await.map(Completion::from),
        Tokens::Exec(args) => tokens::exec::run(cx, args).await,
        Tokens::Recover(args) => tokens::recover::run(cx, args).await,
    }
}

async fn of_functions(cx: &Context, command: &function_cli::Command) -> Result<Completion, Error> {
    match command {
        function_cli::Command::List => functions::list::run(cx).await.map(Completion::from),
        function_cli::Command::Info(args) => functions::info::run(cx, args).await.map(Completion::from),
        function_cli::Command::Create(args) => functions::create::run(cx, args).await.map(Completion::from),
        function_cli::Command::Delete(args) => functions::delete::run(cx, args).await.map(Completion::from),
        function_cli::Command::Deploy(args) => deploy::run(cx, args).await,
    }
}
