//! Telling a supervisor (systemd's `Type=notify`) how the agent is.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixDatagram;

use crate::settings::environment;

/// Tells that the agent is ready, and what it watches.
pub(super) fn ready(what: &str) {
    tell(&format!(
        "READY=1\nSTATUS=watching {}",
        what.replace('\n', " ")
    ));
}

/// Tells that the agent ends.
pub(super) fn stopping() {
    tell("STOPPING=1");
}

/// Sends a state to the socket that `NOTIFY_SOCKET` names, if any. A supervisor that does
/// not listen is no reason to do otherwise.
fn tell(state: &str) {
    if let Some(name) = environment::value("NOTIFY_SOCKET")
        && let Err(error) = send(&name, state)
    {
        tracing::debug!("the supervisor could not be told: {error}");
    }
}

fn send(name: &OsStr, state: &str) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    // A name that is in no file system (Linux).
    #[cfg(target_os = "linux")]
    if let Some(name) = name.as_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
        return socket.send_to_addr(state.as_bytes(), &address).map(drop);
    }
    socket.send_to(state.as_bytes(), name).map(drop)
}
