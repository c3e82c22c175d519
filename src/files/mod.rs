//! Files that may hold a secret: each operation on them once.
//!
//! A file that is written and then tightened with `chmod` can be opened by others in between. So
//! the call that creates a file gives it its mode, and the mode is set once more because the umask
//! may have removed bits. An existing file is judged by the open descriptor, so that the file that
//! is checked is the file that is read.

mod append;
pub(crate) mod dotenv;
mod lock;
mod private;
mod replace;
mod replaceable;
mod text;
mod together;
mod written_file;

pub(crate) use append::{Appended, append, open_for_append};
pub(crate) use lock::{Lock, lock_within, lock_within_async, open_lock, try_lock, try_lock_shared};
pub(crate) use private::{FileId, folder_of, is_open_to_others, make_folder, open_existing, open_own};
pub(crate) use replace::{check_folder, replace_like, replace_private, stage_unsynced};
pub(crate) use replaceable::check_replaceable;
pub(crate) use text::{read_text, read_text_of, utf_8};
pub(crate) use together::{Together, exist_already};
pub(crate) use written_file::{Existing, Mode, WrittenFile, check_kept, existing, write_file};
