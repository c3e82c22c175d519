//! From what was typed to what it means.

use crate::cli::Command;
use crate::cli::account::Auth;
use crate::cli::deployments::Command as Deployments;
use crate::cli::functions::Command as Functions;
use crate::cli::sandbox::Command as Sandbox;
use crate::cli::secrets::Command as Secrets;
use crate::cli::tokens::Command as Tokens;
use crate::commands::{
    Completion, Context, account, call, deploy, deployments, functions, init, reference, rollback, sandbox, secrets,
    tokens,
};
use crate::error::Error;

/// Runs a command.
pub(super) async fn dispatch(cx: &Context, command: &Command) -> Result<Completion, Error> {
    cx.tell_settings();
    match dispatch_to_verb(cx, command).await {
        Ok(completion) => Ok(completion),
        Err(error) => Err(cx.with_similar_functions(cx.with_reading(error)).await),
    }
}

async fn dispatch_to_verb(cx: &Context, command: &Command) -> Result<Completion, Error> {
    Ok(match command {
        Command::Tokens(command) | Command::Functions(Functions::Tokens(command)) => of_tokens(cx, command).await?,
        Command::Deploy(args) | Command::Functions(Functions::Deploy(args)) => deploy::run(cx, args).await?,
        Command::Init(args) | Command::Functions(Functions::Init(args)) => init::run(cx, args).await?.into(),
        Command::Functions(Functions::List) => functions::list::run(cx).await?.into(),
        Command::Functions(Functions::Info(args)) => functions::info::run(cx, args).await?.into(),
        Command::Functions(Functions::Create(args)) => functions::create::run(cx, args).await?.into(),
        Command::Functions(Functions::Delete(args)) => functions::delete::run(cx, args).await?.into(),
        Command::Deployments(command) | Command::Functions(Functions::Deployments(command)) => {
            of_deployments(cx, command).await?
        }
        Command::Secrets(command) | Command::Functions(Functions::Secrets(command)) => of_secrets(cx, command).await?,
        Command::Call(args) => call::run(cx, args).await?,
        Command::Rollback(args) | Command::Functions(Functions::Rollback(args)) => {
            rollback::run(cx, args).await?.into()
        }
        Command::Login(args) => account::login::run(cx, args).await?.into(),
        Command::Logout(args) => account::logout::run(cx, args)?.into(),
        Command::Whoami => account::whoami::run(cx).await?.into(),
        Command::Auth(Auth::List) => account::auth::list(cx)?.into(),
        Command::Auth(Auth::Switch(args)) => account::auth::switch(cx, args)?.into(),
        Command::Auth(Auth::Remove(args)) => account::auth::remove(cx, args)?.into(),
        Command::Sandbox(Sandbox::Start(args)) => sandbox::start::run(cx, args).await?,
        Command::Sandbox(Sandbox::Run(args)) => sandbox::run::run(cx, args).await?,
        Command::Sandbox(Sandbox::Faults(args)) => sandbox::admin::faults(cx, args).await?.into(),
        Command::Sandbox(Sandbox::Journal) => sandbox::admin::journal(cx).await?.into(),
        Command::Sandbox(Sandbox::Status) => sandbox::admin::status(cx).await?.into(),
        Command::Sandbox(Sandbox::Reset) => sandbox::admin::reset(cx).await?.into(),
        Command::Sandbox(Sandbox::Stop) => sandbox::admin::stop(cx).await?.into(),
        Command::Sandbox(Sandbox::Advance(args)) => sandbox::admin::advance(cx, args).await?.into(),
        Command::Schema(args) => reference::schema::run(cx, args)?.into(),
        Command::Completions(args) => reference::completions::run(args)?.into(),
        Command::Man(args) => reference::man::run(cx, args)?.into(),
    })
}

async fn of_tokens(cx: &Context, command: &Tokens) -> Result<Completion, Error> {
    if !matches!(command, Tokens::Recover(_)) {
        tokens::recover::remind(cx);
    }
    Ok(match command {
        Tokens::Create(args) => tokens::create::run(cx, args).await?,
        Tokens::List(args) => tokens::list::run(cx, args).await?,
        Tokens::Info(args) => tokens::info::run(cx, args).await?.into(),
        Tokens::Revoke(args) => tokens::revoke::run(cx, args).await?.into(),
        Tokens::Rotate(args) => tokens::rotate::run(cx, args).await?,
        Tokens::Regenerate(args) => tokens::regenerate::run(cx, args).await?,
        Tokens::Disable(args) => tokens::set_status::run(cx, args, false).await?.into(),
        Tokens::Enable(args) => tokens::set_status::run(cx, args, true).await?.into(),
        Tokens::Verify(args) => tokens::verify::run(cx, args).await?.into(),
        Tokens::Whois(args) => tokens::whois::run(cx, args).await?.into(),
        Tokens::Prune(args) => tokens::prune::run(cx, args).await?.into(),
        Tokens::Exec(args) => tokens::exec::run(cx, args).await?,
        Tokens::Recover(args) => tokens::recover::run(cx, args).await?,
    })
}

async fn of_deployments(cx: &Context, command: &Deployments) -> Result<Completion, Error> {
    Ok(match command {
        Deployments::List(args) => deployments::list(cx, args).await?.into(),
        Deployments::Info(args) => deployments::info(cx, args).await?.into(),
        Deployments::Wait(args) => deployments::wait(cx, args).await?.into(),
        Deployments::Download(args) => deployments::download::run(cx, args).await?.into(),
    })
}

async fn of_secrets(cx: &Context, command: &Secrets) -> Result<Completion, Error> {
    Ok(match command {
        Secrets::List(args) => secrets::list::run(cx, args).await?.into(),
        Secrets::Set(args) => secrets::set::run(cx, args).await?.into(),
        Secrets::Delete(args) => secrets::delete::run(cx, args).await?.into(),
    })
}
