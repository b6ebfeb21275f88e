//! Another request of the same server, again and again: what its event loop has left for everybody else.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use memchr::memmem;

use crate::histogram::Histogram;

/// See the module. Ends with the process.
pub fn start(port: u16, every: Duration, times: Arc<Mutex<Histogram>>) {
    std::thread::spawn(move || {
        if let Err(error) = run(port, every, &times) {
            eprintln!("the other requests failed: {error}");
        }
    });
}

fn run(port: u16, every: Duration, times: &Mutex<Histogram>) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    let mut answer = [0u8; 1024];
    loop {
        let begun = Instant::now();
        stream.write_all(b"GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
        let mut length = 0;
        // The answer of four bytes carries its length in the head.
        while memmem::find(answer.get(..length).unwrap_or_default(), b"\r\n\r\nok\r\n").is_none() {
            let read = stream.read(answer.get_mut(length..).unwrap_or_default())?;
            if read == 0 {
                return Ok(()); // the server has gone
            }
            length += read;
        }
        let us = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        if let Ok(mut times) = times.lock() {
            times.add(us);
        }
        std::thread::sleep(every.saturating_sub(begun.elapsed()));
    }
}
