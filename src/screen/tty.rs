//! The terminal: taken over, drawn on, waited for, and given back.

use std::collections::VecDeque;
use std::io::{self, BufWriter, Read, Stdout, Write};
use std::mem::ManuallyDrop;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::crossterm::{cursor, execute, queue};
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::SIGWINCH;

use super::keyboard::{Key, keys};
use crate::clock;
use crate::process::Interrupt;

/// How long the rest of a key's sequence is waited for; over ssh it may come apart.
const REST: Duration = Duration::from_millis(40);

/// Whether the terminal is taken over at this moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// A key was pressed.
    Key(Key),
    /// The terminal has another size.
    Resized,
    /// Somebody has [woken](Waker::wake) this one.
    Woken,
    /// The time that was waited for has come.
    Time,
    /// A signal asks to end, or the terminal is gone.
    Ended,
}

/// Wakes the thread that waits in [`Tty::wait`].
#[derive(Debug, Clone)]
pub struct Waker {
    woken: Arc<AtomicBool>,
    bell: Arc<UnixStream>,
}

impl Waker {
    /// Wakes it. Many wakes in a row may be heard as one.
    pub fn wake(&self) {
        self.woken.store(true, Ordering::Release);
        // Full: it is ringing already.
        let _ = (&*self.bell).write(&[1]);
    }
}

/// The terminal while it is taken over. Dropping it gives it back.
pub struct Tty {
    /// Never dropped: it would write to a terminal that was given back, and print where
    /// that is gone.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
    size: Rect,
    interrupt: Interrupt,
    read: Vec<u8>,
    keys: VecDeque<Key>,
    waker: Waker,
    heard: UnixStream,
}

impl Tty {
    /// Takes the terminal over. From now on until the end of the process `interrupt` ends
    /// what waits here.
    pub fn open(interrupt: Interrupt) -> io::Result<Self> {
        let (bell, heard) = UnixStream::pair()?;
        bell.set_nonblocking(true)?;
        heard.set_nonblocking(true)?;
        signal_hook::low_level::pipe::register(SIGWINCH, bell.try_clone()?)?;
        let waker = Waker {
            woken: Arc::default(),
            bell: Arc::new(bell),
        };
        let (requests, bell) = (interrupt.subscribe(), Arc::clone(&waker.bell));
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for () in requests {
                    let _ = (&*bell).write(&[1]);
                }
            })?;
        give_back_on_panic();
        take()?;
        let size = size();
        let options = TerminalOptions {
            viewport: Viewport::Fixed(size),
        };
        let backend = CrosstermBackend::new(BufWriter::new(io::stdout()));
        let terminal = Terminal::with_options(backend, options).inspect_err(|_| give_back())?;
        Ok(Self {
            terminal: ManuallyDrop::new(terminal),
            size,
            interrupt,
            read: Vec::new(),
            keys: VecDeque::new(),
            waker,
            heard,
        })
    }

    /// What wakes this one.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// The size in columns and rows.
    pub fn size(&self) -> (u16, u16) {
        (self.size.width, self.size.height)
    }

    /// Draws a frame; only what differs from the last one is written, and shown at once by
    /// terminals that can (synchronized output, the private mode 2026).
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(draw)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Waits for what happens next, at most until a time.
    pub fn wait(&mut self, until: Option<Instant>) -> Happened {
        loop {
            if self.interrupt.requested() {
                return Happened::Ended;
            }
            if let Some(key) = self.keys.pop_front() {
                return Happened::Key(key);
            }
            let now = size();
            if now != self.size {
                self.size = now;
                if self.terminal.resize(now).is_err() {
                    return Happened::Ended;
                }
                return Happened::Resized;
            }
            if self.waker.woken.swap(false, Ordering::AcqRel) {
                return Happened::Woken;
            }
            let rest = (!self.read.is_empty()).then(|| clock::now() + REST);
            let next = [until, rest].into_iter().flatten().min();
            match self.listen(next) {
                Ok(true) => {}
                Ok(false) if rest.is_some() => self.keys.extend(keys(&mut self.read, true)),
                Ok(false) => return Happened::Time,
                Err(_) => return Happened::Ended,
            }
        }
    }

    /// Waits for a sign on the terminal or the bell and takes it in; whether there was one
    /// before the time.
    fn listen(&mut self, until: Option<Instant>) -> io::Result<bool> {
        let stdin = rustix::stdio::stdin();
        let mut both = [
            PollFd::from_borrowed_fd(stdin, PollFlags::IN),
            PollFd::from_borrowed_fd(self.heard.as_fd(), PollFlags::IN),
        ];
        let left = until.map(|until| {
            let left = until.saturating_duration_since(clock::now());
            Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            }
        });
        match poll(&mut both, left.as_ref()) {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            // A signal, whose handler has rung the bell.
            Err(Errno::INTR) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
        let [typed, rung] = both.map(|one| one.revents());
        if rung.contains(PollFlags::IN) {
            let mut rings = [0; 64];
            while self.heard.read(&mut rings).is_ok_and(|count| count > 0) {}
        }
        if typed.contains(PollFlags::IN) {
            let mut bytes = [0; 512];
            let count = match rustix::io::read(stdin, &mut bytes) {
                Err(Errno::INTR | Errno::AGAIN) => return Ok(true),
                other => other?,
            };
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.read.extend_from_slice(&bytes[..count]);
            self.keys.extend(keys(&mut self.read, false));
        } else if !typed.is_empty() {
            // Hung up, and nothing is left to be read.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(true)
    }

    /// Gives the terminal back for a program that talks with the person, and takes it over
    /// again. Keys that were typed before are not that program's.
    pub fn aside<T>(&mut self, work: impl FnOnce() -> T) -> io::Result<T> {
        give_back();
        let value = work();
        take()?;
        self.size = size();
        self.terminal.resize(self.size)?;
        Ok(value)
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::Release);
    execute!(io::stdout(), EnterAlternateScreen, cursor::Hide).inspect_err(|_| give_back())
}

/// Gives the terminal back, once. Where it is gone there is nobody left to be told.
fn give_back() {
    if TAKEN.swap(false, Ordering::AcqRel) {
        let _ = execute!(io::stdout(), LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
    }
}

/// A panic is told on the screen that the person then has.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            told(panic);
        }));
    });
}

/// The size of the terminal; of one that does not say, the smallest that is usual.
fn size() -> Rect {
    let told = rustix::termios::tcgetwinsize(rustix::stdio::stdout());
    let (columns, rows) = told.map_or((0, 0), |told| (told.ws_col, told.ws_row));
    match (columns, rows) {
        (0, _) | (_, 0) => Rect::new(0, 0, 80, 24),
        // A frame holds at most so many cells.
        (columns, rows) => Rect::new(0, 0, columns.min(500), rows.min(200)),
    }
}
