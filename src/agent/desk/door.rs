//! The door of an agent's desk: a socket where only this user gets to.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::thread;

use crossbeam_channel::bounded;

use super::Desk;
use crate::repo::Place;
use crate::tidy::wire;

/// The open door. Dropping it takes the socket away, so that the next hook does not knock
/// in vain; who is being served is served to the end.
pub(in crate::agent) struct Door {
    socket: PathBuf,
}

impl Door {
    /// Opens it; `None` where the system has no place for sockets that only this user can
    /// reach. Only the agent of the work tree does this: a socket that is there was left
    /// by a dead one.
    pub(in crate::agent) fn open(place: &Place, desk: &Arc<Desk>) -> io::Result<Option<Self>> {
        let mut opened = Ok(None);
        for socket in wire::sockets(place)? {
            opened = Self::open_at(socket, desk);
            if matches!(opened, Ok(Some(_))) {
                break;
            }
        }
        opened
    }

    fn open_at(socket: PathBuf, desk: &Arc<Desk>) -> io::Result<Option<Self>> {
        if let Some(directory) = socket.parent() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)?;
        }
        if !wire::is_private(&socket) {
            return Ok(None);
        }
        match fs::remove_file(&socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&socket)?;
        // Nobody else comes into the directory, so nobody was quicker.
        fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        // One waits for them, whose memory is not got anew for each commit; while it is busy,
        // another one serves.
        let (free, waiting) = bounded::<UnixStream>(0);
        // Only who serves holds the desk: so it can be seen when nobody does.
        let desk = Arc::downgrade(desk);
        let regular = Weak::clone(&desk);
        thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || {
                for stream in waiting {
                    let Some(desk) = regular.upgrade() else {
                        return;
                    };
                    desk.serve(stream);
                }
            })?;
        thread::Builder::new()
            .name("door".to_owned())
            .spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    let Err(busy) = free.try_send(stream) else {
                        continue;
                    };
                    let Some(desk) = desk.upgrade() else { return };
                    let stream = busy.into_inner();
                    let serving = thread::Builder::new().name("desk".to_owned());
                    // Without a thread the connection closes, and the commit goes on.
                    let _ = serving.spawn(move || desk.serve(stream));
                }
            })?;
        Ok(Some(Self { socket }))
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.socket);
    }
}
