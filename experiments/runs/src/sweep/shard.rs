//! `Shard`: a share of a sweep's runs: those whose number leaves a remainder.

use crate::{Stop, echo};

/// Share `index` of `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    index: usize,
    of: usize,
}

impl Shard {
    /// From `--shard I/N`; else from SLURM's variables, as a job of an array has them; else all.
    ///
    /// # Errors
    /// Refused, if I is not below N, or a variable is no number.
    pub(super) fn new(flag: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Stop> {
        if let Some(flag) = flag {
            let refuse = || {
                let shown = echo(flag);
                Stop::Refused(format!("--shard {shown} is not I/N with I from 0 to N − 1, such as 0/4"))
            };
            let (index, of) = flag.split_once('/').ok_or_else(refuse)?;
            let (index, of) = (index.parse().map_err(|_| refuse())?, of.parse().map_err(|_| refuse())?);
            return if index < of { Ok(Self { index, of }) } else { Err(refuse()) };
        }
        let number = |name: &str| -> Result<Option<usize>, Stop> {
            let Some(text) = variable(name) else { return Ok(None) };
            let refuse = |_| Stop::Refused(format!("{name} is '{}', no number; give --shard", echo(&text)));
            text.parse().map(Some).map_err(refuse)
        };
        let (Some(id), Some(of)) = (number("SLURM_ARRAY_TASK_ID")?, number("SLURM_ARRAY_TASK_COUNT")?) else {
            return Ok(Self { index: 0, of: 1 });
        };
        let (min, step) = (number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(0), number("SLURM_ARRAY_TASK_STEP")?.unwrap_or(1));
        let index = id.saturating_sub(min) / step.max(1);
        if index < of {
            return Ok(Self { index, of });
        }
        Err(Stop::Refused(format!("SLURM_ARRAY_TASK_ID {id} is beyond SLURM_ARRAY_TASK_COUNT {of}; give --shard")))
    }

    /// Whether run number `k` is in it.
    pub(super) fn has(self, k: usize) -> bool {
        k % self.of == self.index
    }

    /// ` of shard I/N`, if it is not all.
    pub(super) fn shown(self) -> String {
        if self.of == 1 { String::new() } else { format!(" of shard {}/{}", self.index, self.of) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn shards_part_the_runs() {
        let shards: Vec<_> = (0..3).map(|i| Shard::new(Some(&format!("{i}/3")), none).expect("fine")).collect();
        for k in 0..20 {
            assert_eq!(shards.iter().filter(|shard| shard.has(k)).count(), 1);
        }
        assert!((0..20).all(|k| Shard::new(None, none).expect("fine").has(k)));
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for flag in ["9/8", "3/3", "x", "1", "/", "-1/2", "0/0", "1/2/3", "0x1/2", ""] {
            let stop = Shard::new(Some(flag), none).expect_err(flag);
            assert!(stop.code() == 2 && stop.to_string().contains("--shard"), "{stop}");
        }
    }

    #[test]
    fn a_job_of_an_array_knows_its_share() {
        let slurm = |id: &str, min: &str, step: &str, count: &str| {
            let all = [("ID", id), ("MIN", min), ("STEP", step), ("COUNT", count)].map(|(k, v)| (k, v.to_owned()));
            Shard::new(None, move |name| {
                let name = name.strip_prefix("SLURM_ARRAY_TASK_")?;
                all.iter().find(|(k, v)| *k == name && !v.is_empty()).map(|(_, v)| v.clone())
            })
        };
        assert_eq!(slurm("0", "0", "1", "4"), Ok(Shard { index: 0, of: 4 }));
        // --array=1-4, --array=0-6:2, and what an old SLURM leaves out.
        assert_eq!(slurm("4", "1", "1", "4"), Ok(Shard { index: 3, of: 4 }));
        assert_eq!(slurm("6", "0", "2", "4"), Ok(Shard { index: 3, of: 4 }));
        assert_eq!(slurm("2", "", "", "4"), Ok(Shard { index: 2, of: 4 }));
        assert!(slurm("9", "0", "1", "4").is_err() && slurm("x", "0", "1", "4").is_err());
    }
}
