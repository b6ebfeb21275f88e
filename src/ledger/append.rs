//! Appending all of it, however little the system takes at a time.

use std::io::{self, ErrorKind};

use crate::port::AppendFile;

/// Appends all of `bytes`. Where it fails, part of them may have been.
pub fn append_all(file: &mut dyn AppendFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.append(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or(&[]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
