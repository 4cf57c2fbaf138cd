//! `Progress`: a bar on a terminal, a plain line every 10 % elsewhere; both on stderr, for stdout is for results.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a run of several parallel parts has come.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    plain: bool,
    total: u64,
    done: Mutex<u64>,
    message: Mutex<String>,
}

impl Progress {
    /// For `total` steps called `unit`.
    pub(crate) fn new(total: u64, unit: &str) -> Self {
        let dumb = std::env::var_os("NO_COLOR").is_some()
            || std::env::var_os("CI").is_some()
            || std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let plain = dumb || !std::io::stderr().is_terminal();
        let target = if plain { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let template =
            format!("{{bar:30}} {{percent:>3}} %  {{pos}}/{{len}} {unit}  {{per_sec}}  {{eta}} left  {{msg}}");
        bar.set_style(ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, plain, total, done: Mutex::new(0), message: Mutex::default() }
    }

    /// One that shows nothing.
    pub(crate) fn hidden() -> Self {
        Self { bar: ProgressBar::hidden(), plain: false, total: 0, done: Mutex::new(0), message: Mutex::default() }
    }

    /// `steps` more are done.
    pub(crate) fn advance(&self, steps: u64) {
        self.bar.inc(steps);
        // Held until the line is out, so that lines of several threads come in order.
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *done;
        *done += steps;
        let tenths = |done: u64| (10 * done).checked_div(self.total).unwrap_or(10);
        let now = tenths(*done);
        if self.plain && now > tenths(before) {
            let message = self.message.lock().unwrap_or_else(PoisonError::into_inner);
            crate::terminal::say(format!("{} %  {message}", 10 * now).trim_end());
        }
    }

    /// What is being done.
    pub(crate) fn message(&self, message: &str) {
        self.bar.set_message(message.to_owned());
        message.clone_into(&mut self.message.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Removes the bar.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
