//! What a sandbox begins with, in words: its functions, their tokens, and where their values are.

use super::FUNCTION;
use crate::api::wire::Token;
use crate::config::env;
use crate::sandbox::Sandbox;

/// How many functions are named, and how many tokens of each: a screen, not a list.
const FUNCTIONS: usize = 20;
const TOKENS: usize = 5;

/// A line for each function: its tokens by name and prefix. The last one says where the management
/// token is.
pub(super) fn describe(sandbox: &Sandbox) -> Vec<String> {
    let found = sandbox.first_functions(FUNCTIONS + 1, TOKENS + 1);
    let handed_out = sandbox.default_token(FUNCTION);
    let is_handed_out =
        |token: &Token| handed_out.as_deref().is_some_and(|value| value.starts_with(token.prefix.as_str()));
    let mut lines = Vec::new();
    for (slug, tokens) in found.iter().take(FUNCTIONS) {
        let named = tokens.iter().take(TOKENS).map(|token| {
            let place = if slug.as_str() == FUNCTION && is_handed_out(token) {
                format!(", its value is in {}", env::JELOU_FUNCTION_TOKEN)
            } else {
                String::new()
            };
            format!("token `{}` {}…{place}", token.name, token.prefix)
        });
        let mut named: Vec<String> = named.collect();
        if tokens.len() > TOKENS {
            named.push(format!("more, see `jelou tokens list {slug}`"));
        }
        let named = if named.is_empty() { "no tokens".to_owned() } else { named.join("; ") };
        lines.push(format!("- {slug}: {named}"));
    }
    if found.len() > FUNCTIONS {
        lines.push("- more functions, see `jelou functions list`".to_owned());
    }
    lines.push(format!("- a management token with every scope is in {}", env::JELOU_TOKEN));
    lines
}
