//! Tells event streams that there is something new, or that something they sent has been taken back.

use tokio::sync::broadcast;

/// Notices that a slow stream may fall behind; a stream that misses some reads the database anyway.
const BACKLOG: usize = 256;

/// What happened to the read model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Logs were added.
    Appended,
    /// Every block above this one was removed by a reorganization.
    RolledBack {
        /// The newest block that stayed.
        to: u64,
    },
}

/// Spreads notices to the open streams.
#[derive(Debug)]
pub struct Feed {
    sender: broadcast::Sender<Notice>,
}

impl Default for Feed {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
        }
    }
}

impl Feed {
    /// Spreads a notice; nobody listening is fine.
    pub fn tell(&self, notice: Notice) {
        let _ = self.sender.send(notice);
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Notice> {
        self.sender.subscribe()
    }
}
