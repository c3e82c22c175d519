//! The body of a call: a text, or a file or stdin that is read while it is sent.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use bytes::Bytes;
use tokio::sync::mpsc::channel;

use crate::api::call::{Body, Upload};
use crate::cli::call::{Body as Typed, Call as Args};
use crate::commands::{Context, stdin};
use crate::error::Error;
use crate::files::FileId;
use crate::std_streams;

/// How much is read at once, in bytes: as much as a pipe of Linux holds.
const PIECE: usize = 64 * 1024;
/// How many pieces are held between the source and the connection.
const PIECES: usize = 2;

/// Checks what `-d` names before the token is read.
///
/// # Errors
/// `INPUT_ERROR` for a file that does not exist, and if the token comes from stdin as well.
pub(super) fn check(args: &Args) -> Result<(), Error> {
    match &args.data {
        None | Some(Typed::Text(_)) => Ok(()),
        Some(Typed::Stdin) => {
            if args.token_stdin {
                Err(twice())
            } else {
                Ok(())
            }
        }
        Some(Typed::File(path)) => {
            let metadata = std::fs::metadata(path).map_err(|cause| unreadable(path, cause))?;
            // `/dev/stdin`, for one. Opening a FIFO would wait for its writer.
            let is_stdin = || {
                let id = |file: &File| file.metadata().ok().map(|of_file| (of_file.dev(), of_file.ino()));
                stdin_file().as_ref().and_then(id) == Some((metadata.dev(), metadata.ino()))
            };
            if args.token_stdin && is_stdin() { Err(twice()) } else { Ok(()) }
        }
    }
}

fn twice() -> Error {
    Error::input("stdin cannot be the body and the token")
        .with_hint("set `JELOU_FUNCTION_TOKEN`, or take the body from a file with `-d @FILE`")
}

/// Opens what `-d` names.
///
/// # Errors
/// `INPUT_ERROR` for a file that cannot be opened, and if the token came from stdin as well.
pub(super) fn open(cx: &Context, args: &Args) -> Result<Body, Error> {
    match &args.data {
        None => Ok(Body::None),
        Some(Typed::Text(text)) => Ok(Body::Whole(text.0.clone())),
        Some(Typed::Stdin) => {
            stdin::say_if_typed(cx);
            let left = stdin_file().as_ref().and_then(left_of);
            start(std_streams::stdin(), left).map_err(|cause| Error::input("stdin cannot be read").caused_by(cause))
        }
        Some(Typed::File(path)) => {
            let file = open_file(path)?;
            // `/dev/stdin`, for one.
            if args.token_stdin && is_same(&file, stdin_file().as_ref()) {
                return Err(twice());
            }
            let left = left_of(&file);
            start(file, left).map_err(|cause| unreadable(path, cause))
        }
    }
}

fn open_file(path: &Path) -> Result<File, Error> {
    let file = File::open(path).map_err(|cause| unreadable(path, cause))?;
    match file.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(unreadable(path, ErrorKind::IsADirectory.into())),
        Ok(_) => Ok(file),
        Err(cause) => Err(unreadable(path, cause)),
    }
}

fn unreadable(path: &Path, cause: io::Error) -> Error {
    Error::input(format!("`{}` cannot be read", path.display())).caused_by(cause)
}

/// A second handle of stdin, to ask about it.
fn stdin_file() -> Option<File> {
    io::stdin().as_fd().try_clone_to_owned().ok().map(File::from)
}

fn is_same(file: &File, other: Option<&File>) -> bool {
    let id = |file: &File| file.metadata().ok().map(|metadata| FileId::of(&metadata));
    other.is_some_and(|other| id(file).is_some() && id(file) == id(other))
}

/// How many bytes are left in a regular file.
fn left_of(mut file: &File) -> Option<u64> {
    let length = file.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    Some(length.saturating_sub(file.stream_position().ok()?))
}

/// Begins to read a source in a thread, which may wait as long as it likes.
fn start(mut source: impl Read + Send + 'static, left: Option<u64>) -> io::Result<Body> {
    let (mut first, mut length) = (Bytes::new(), left);
    if left == Some(0) {
        // An empty file, or one of `/proc`, which has no length before it is read.
        first = read(&mut source, PIECE)?;
        length = None;
        if first.is_empty() {
            return Ok(Body::Whole(first));
        }
    }
    let (sender, receiver) = channel(PIECES);
    let feed = move || {
        if !first.is_empty() && sender.blocking_send(Ok(first)).is_err() {
            return;
        }
        let mut left = length;
        while left != Some(0) {
            let at_most = left.and_then(|left| usize::try_from(left).ok()).map_or(PIECE, |left| left.min(PIECE));
            let piece = match read(&mut source, at_most) {
                Ok(piece) if !piece.is_empty() => piece,
                Ok(_) if left.is_none() => return,
                Ok(_) => {
                    let shorter = "it became shorter while it was sent";
                    let _ = sender.blocking_send(Err(io::Error::new(ErrorKind::UnexpectedEof, shorter)));
                    return;
                }
                Err(error) => {
                    let _ = sender.blocking_send(Err(error));
                    return;
                }
            };
            left = left.map(|left| left - piece.len() as u64);
            // Nobody takes it any more once the answer is complete.
            if sender.blocking_send(Ok(piece)).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("body".to_owned()).spawn(feed)?;
    Ok(Body::Streamed(Upload::new(receiver, length)))
}

/// The next bytes of a source; none at its end.
fn read(source: &mut impl Read, at_most: usize) -> io::Result<Bytes> {
    let mut piece = vec![0; at_most];
    loop {
        match source.read(&mut piece) {
            Ok(count) => {
                piece.truncate(count);
                return Ok(piece.into());
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
