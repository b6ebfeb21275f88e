//! The yardstick of the durable benchmark: append one line, `fdatasync`, again, for some milliseconds.
//!
//! `raw_fdatasync LINES OUT WARM_UP_MS FOR_MS` takes the lines of the file LINES in a cycle, appends them to OUT, and prints
//! `{"written", "events_per_s", "p50_us", "p99_us"}`; `written` counts the warm-up too, the others do not.

use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [lines, out, warm_up_ms, for_ms] = arguments.as_slice() else {
        return Err("raw_fdatasync LINES OUT WARM_UP_MS FOR_MS".into());
    };
    let text = std::fs::read(lines)?;
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').cycle();
    let mut file = OpenOptions::new().create_new(true).append(true).open(out)?;

    let warm_up = append_for(&mut file, &mut lines, milliseconds(warm_up_ms)?)?;
    let started = Instant::now();
    let mut latencies = append_for(&mut file, &mut lines, milliseconds(for_ms)?)?;
    let seconds = started.elapsed().as_secs_f64();

    let count = latencies.len();
    latencies.sort_unstable();
    println!(
        "{{\"written\": {}, \"events_per_s\": {}, \"p50_us\": {}, \"p99_us\": {}}}",
        warm_up.len() + count,
        f64::from(u32::try_from(count)?) / seconds,
        microseconds_at(&latencies, count / 2)?,
        microseconds_at(&latencies, count * 99 / 100)?,
    );
    Ok(())
}

/// Gives the time of every append, sync included. At least one happens.
fn append_for<'a>(
    file: &mut File,
    lines: &mut impl Iterator<Item = &'a [u8]>,
    time: Duration,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut latencies = Vec::new();
    let deadline = Instant::now() + time;
    loop {
        let before = Instant::now();
        if before >= deadline && !latencies.is_empty() {
            return Ok(latencies);
        }
        file.write_all(lines.next().ok_or("the file of lines is empty")?)?;
        file.sync_data()?;
        latencies.push(before.elapsed());
    }
}

fn milliseconds(text: &str) -> Result<Duration, Box<dyn Error>> {
    Ok(Duration::from_secs_f64(text.parse::<f64>()? / 1000.0))
}

fn microseconds_at(sorted: &[Duration], index: usize) -> Result<f64, Box<dyn Error>> {
    let latency = sorted.get(index).ok_or("nothing was appended")?;
    Ok(latency.as_secs_f64() * 1e6)
}
