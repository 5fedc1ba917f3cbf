//! Work on all cores: native programs only, the worker has one thread.

use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many places a thread takes at a time.
const CHUNK: usize = 2_000;

/// As many threads as there are cores.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does chunks of `count` places on all cores; what each chunk gives, in order.
pub fn chunks<T: Send>(count: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let start = next.fetch_add(CHUNK, Ordering::Relaxed);
            if start >= count {
                return done;
            }
            done.push((start, work(start..count.min(start + CHUNK))));
        }
    };
    let mut all: Vec<(usize, T)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads()).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a thread's panic is the program's")).collect()
    });
    all.sort_by_key(|(start, _)| *start);
    all.into_iter().map(|(_, done)| done).collect()
}

/// Does each of some parts on a core of its own, in order.
pub fn each<P: Send, T: Send>(parts: Vec<P>, work: impl Fn(P) -> T + Sync) -> Vec<T> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || work(part))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread's panic is the program's")).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_come_back_in_order() {
        let places: Vec<usize> = chunks(10_123, Iterator::collect::<Vec<_>>).concat();
        assert_eq!(places, (0..10_123).collect::<Vec<_>>());
        assert_eq!(each(vec![1, 2, 3], |part| part * 2), [2, 4, 6]);
        assert!(chunks(0, |_| ()).is_empty());
    }
}
