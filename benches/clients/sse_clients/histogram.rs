//! Durations in microseconds: 32 steps per power of two, so a quantile is right to 3 %.

const STEPS: u64 = 32;

/// See the module.
#[derive(Default)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    pub fn add(&mut self, us: u64) {
        let bucket = bucket_of(us);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
        self.total += 1;
    }

    /// Microseconds below which `per_mille` of the samples lie; 0 without samples.
    pub fn quantile(&self, per_mille: u64) -> u64 {
        let wanted = (self.total * per_mille).div_ceil(1000).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return lower_end(bucket);
            }
        }
        0
    }

    pub fn to_json(&self) -> String {
        format!(
            "{{\"n\": {}, \"p50_us\": {}, \"p99_us\": {}, \"max_us\": {}}}",
            self.total,
            self.quantile(500),
            self.quantile(990),
            self.quantile(1000)
        )
    }
}

fn bucket_of(us: u64) -> usize {
    let shift = (us.max(1).ilog2()).saturating_sub(STEPS.ilog2());
    let bucket = if us < STEPS { us } else { (u64::from(shift) + 1) * STEPS + (us >> shift) - STEPS };
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

fn lower_end(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < 2 * STEPS {
        return bucket;
    }
    (STEPS + bucket % STEPS) << (bucket / STEPS - 1)
}
