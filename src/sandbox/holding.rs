//! Requests that the faults `hang-before` and `hang-after` hold until they are released.

use tokio::sync::watch;

/// The requests that are held.
#[derive(Debug, Default)]
pub(super) struct Holding(watch::Sender<Held>);

#[derive(Debug, Default)]
struct Held {
    count: usize,
    /// How often requests were released.
    releases: u64,
}

impl Holding {
    /// Ends with the next release.
    pub(super) async fn hold(&self) {
        let mut changes = self.0.subscribe();
        let mut releases = 0;
        self.0.send_modify(|held| {
            held.count += 1;
            releases = held.releases;
        });
        // The sender lives in `self`, so it is not dropped meanwhile.
        _ = changes.wait_for(|held| held.releases > releases).await;
    }

    pub(super) fn release(&self) {
        self.0.send_modify(|held| *held = Held { count: 0, releases: held.releases + 1 });
    }

    pub(super) fn count(&self) -> usize {
        self.0.borrow().count
    }
}
