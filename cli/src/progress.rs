//! Progress bars on standard error; nothing moves when it is no terminal.

use std::io::IsTerminal;
use std::time::Duration;

use assay_prover::{Progress, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that shows the stage at work.
pub struct Bar {
    bar: ProgressBar,
    plain: bool,
}

impl Bar {
    /// Begins a bar; as plain lines where there is no terminal, so that a log shows progress too.
    pub fn begin(what: &str) -> Self {
        let plain = !std::io::stderr().is_terminal();
        let bar = ProgressBar::new(100);
        if plain {
            bar.set_draw_target(ProgressDrawTarget::hidden());
            eprintln!("{what}");
        }
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:24} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(250));
        Self { bar, plain }
    }

    /// Shows what is going on.
    pub fn say(&self, message: &str) {
        if self.plain {
            eprintln!("  {message}");
        }
        self.bar.set_message(message.to_owned());
    }

    /// Ends the bar with a last word.
    pub fn end(self, message: &str) {
        if self.plain {
            eprintln!("  {message}");
        }
        self.bar.finish_with_message(message.to_owned());
    }
}

impl Progress for Bar {
    fn stage(&self, stage: Stage, fraction: f32) {
        if fraction == 0.0 {
            self.say(&stage.to_string());
        }
        // A fraction of a stage: the bar fills once for each stage.
        self.bar
            .set_position((fraction.clamp(0.0, 1.0) * 100.0) as u64);
    }

    fn note(&self, message: &str) {
        if self.plain {
            eprintln!("  {message}");
        } else {
            self.bar.println(message);
        }
    }
}
