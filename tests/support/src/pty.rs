//! Programs on a terminal of their own, and what they show on it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::PATIENCE;

/// What a terminal has been told to show.
struct Seen {
    parser: vt100::Parser,
    /// Whether a frame has begun that has not ended.
    drawing: bool,
    /// The end of what came last, in which a sequence may have begun.
    last: Vec<u8>,
}

impl Seen {
    fn new(columns: u16, rows: u16) -> Self {
        Self {
            parser: vt100::Parser::new(rows, columns, 0),
            drawing: false,
            last: Vec::new(),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.parser.process(bytes);
        self.last.extend_from_slice(bytes);
        let edges = self.last.windows(FRAME.len() + 1);
        let edges = edges.filter_map(|window| window.strip_prefix(FRAME));
        match edges.last() {
            Some(b"h") => self.drawing = true,
            Some(b"l") => self.drawing = false,
            _ => {}
        }
        let old = self.last.len().saturating_sub(FRAME.len());
        self.last.drain(..old);
    }

    fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }
}

/// What begins (`h`) and ends (`l`) a frame that is to be shown at once.
const FRAME: &[u8] = b"\x1b[?2026";
/// How long the end of a frame is waited for; whoever dies in it leaves half of one.
const REST: Duration = Duration::from_secs(5);

/// A program on a terminal.
pub struct Pty {
    master: Option<File>,
    child: Child,
    screen: Arc<Mutex<Seen>>,
    stop: UnixStream,
    reader: Option<JoinHandle<()>>,
}

impl Pty {
    /// Starts a program on a terminal of so many columns and rows.
    ///
    /// # Panics
    /// If the system has no terminal, or cannot start the program.
    pub fn start(mut command: Command, columns: u16, rows: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a terminal");
        grantpt(&master).expect("a terminal of ours");
        unlockpt(&master).expect("a terminal without a lock");
        let name = ptsname(&master, Vec::new()).expect("its name");
        let slave = open(
            &name,
            OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .expect("its end");
        tcsetwinsize(&master, size(columns, rows)).expect("its size");
        let end = || Stdio::from(slave.try_clone().expect("a descriptor"));
        command.stdin(end()).stdout(end()).stderr(end());
        command.env("TERM", "xterm-256color");
        // SAFETY: between fork and exec only two system calls are made, which allocate
        // nothing and take no lock.
        unsafe {
            command.pre_exec(|| {
                rustix::process::setsid()?;
                rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
                Ok(())
            });
        }
        let child = command.spawn().expect("the program starts");
        drop(command);
        drop(slave);
        let screen = Arc::new(Mutex::new(Seen::new(columns, rows)));
        let (stop, stopped) = UnixStream::pair().expect("a pair");
        let master = File::from(master);
        let from = master.try_clone().expect("a descriptor");
        let to = Arc::clone(&screen);
        let reader = std::thread::spawn(move || follow(from, &stopped, &to));
        Self {
            master: Some(master),
            child,
            screen,
            stop,
            reader: Some(reader),
        }
    }

    /// Types.
    ///
    /// # Panics
    /// If the terminal is closed.
    pub fn types(&mut self, keys: &str) {
        let master = self.master.as_mut().expect("an open terminal");
        master.write_all(keys.as_bytes()).expect("a terminal");
    }

    /// Gives the terminal another size, of which the program is told.
    ///
    /// # Panics
    /// If the terminal is closed.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let mut screen = self.screen.lock().expect("a screen");
        // The program is told the truth; what stands for the terminal cannot be so small
        // that a wide letter has no room.
        screen
            .parser
            .screen_mut()
            .set_size(rows.max(2), columns.max(2));
        let master = self.master.as_ref().expect("an open terminal");
        tcsetwinsize(master, size(columns, rows)).expect("its size");
    }

    /// The screen, between two frames.
    fn whole(&self) -> MutexGuard<'_, Seen> {
        let begun = Instant::now();
        loop {
            let screen = self.screen.lock().expect("a screen");
            if !screen.drawing || begun.elapsed() > REST {
                return screen;
            }
            drop(screen);
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    /// What is seen, a line per row without what is blank at its end.
    ///
    /// # Panics
    /// If the reader has.
    pub fn shows(&self) -> String {
        let screen = self.whole();
        let (_, columns) = screen.screen().size();
        let rows = screen.screen().rows(0, columns);
        let rows: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n")
    }

    /// The same with the attributes and colours of the text between it: `{bold red}`, and
    /// `{}` where they end.
    ///
    /// # Panics
    /// If the reader has.
    pub fn shows_colours(&self) -> String {
        let screen = self.whole();
        let (rows, columns) = screen.screen().size();
        let mut text = String::new();
        for row in 0..rows {
            let mut line = String::new();
            let mut now = String::new();
            for column in 0..columns {
                let Some(cell) = screen.screen().cell(row, column) else {
                    continue;
                };
                if cell.is_wide_continuation() {
                    continue;
                }
                let style = style(cell);
                if style != now {
                    line.push_str(&format!("{{{style}}}"));
                    now = style;
                }
                line.push_str(if cell.has_contents() {
                    cell.contents()
                } else {
                    " "
                });
            }
            if !now.is_empty() {
                line.push_str("{}");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Whether the program fills the terminal at this moment, and its cursor is gone.
    ///
    /// # Panics
    /// If the reader has.
    pub fn is_filled(&self) -> bool {
        let screen = self.screen.lock().expect("a screen");
        screen.screen().alternate_screen()
    }

    /// Whether the cursor is seen.
    ///
    /// # Panics
    /// If the reader has.
    pub fn has_cursor(&self) -> bool {
        !self.screen.lock().expect("a screen").screen().hide_cursor()
    }

    /// Waits until something is seen, and shows all in place of it otherwise.
    ///
    /// # Panics
    /// If it is not seen in time.
    #[track_caller]
    pub fn waits_for(&self, text: &str) -> String {
        self.waits_until(text, |shown| shown.contains(text))
    }

    /// Waits until what is seen is as wanted.
    ///
    /// # Panics
    /// If it is not in time.
    #[track_caller]
    pub fn waits_until(&self, name: &str, holds: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let shown = self.shows();
            if holds(&shown) {
                return shown;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "waited {} s for: {name}\n{shown}",
                PATIENCE.as_secs()
            );
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }

    /// Closes the terminal, as a window that is closed does.
    pub fn close(&mut self) {
        self.stop_reading();
        self.master = None;
    }

    /// Waits for the program's end; its exit code, or nothing when a signal ended it.
    ///
    /// # Panics
    /// If it does not end in time.
    #[track_caller]
    pub fn ends(&mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the program") {
                return status.code();
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "it does not end\n{}",
                self.shows()
            );
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }

    /// Whether the program still runs.
    ///
    /// # Panics
    /// If the system does not say.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("the program").is_none()
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn stop_reading(&mut self) {
        // Its other end may be gone already.
        let _ = self.stop.write_all(b"x");
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.stop_reading();
        // It has ended, as a rule.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes in what the program writes, until that is over or nobody wants it.
fn follow(mut from: File, stopped: &UnixStream, screen: &Mutex<Seen>) {
    let mut bytes = [0; 8192];
    loop {
        let mut both = [
            PollFd::new(&from, PollFlags::IN),
            PollFd::from_borrowed_fd(stopped.as_fd(), PollFlags::IN),
        ];
        if poll(&mut both, None).is_err() || !both[1].revents().is_empty() {
            return;
        }
        match from.read(&mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(count) => screen.lock().expect("a screen").take(&bytes[..count]),
        }
    }
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

fn style(cell: &vt100::Cell) -> String {
    const NAMES: [&str; 8] = [
        "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
    ];
    let mut words = Vec::new();
    let flags = [
        (cell.bold(), "bold"),
        (cell.dim(), "dim"),
        (cell.underline(), "under"),
        (cell.inverse(), "chosen"),
    ];
    words.extend(
        flags
            .iter()
            .filter(|(set, _)| *set)
            .map(|(_, name)| (*name).to_owned()),
    );
    for (colour, on) in [(cell.fgcolor(), ""), (cell.bgcolor(), "on ")] {
        match colour {
            vt100::Color::Default => {}
            vt100::Color::Idx(number) => {
                let name = NAMES.get(usize::from(number)).copied();
                let name = name.map_or_else(|| number.to_string(), str::to_owned);
                words.push(format!("{on}{name}"));
            }
            vt100::Color::Rgb(red, green, blue) => words.push(format!("{on}{red}:{green}:{blue}")),
        }
    }
    words.join(" ")
}
