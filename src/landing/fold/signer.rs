//! Whose key made a signature. Pure.
//!
//! A commit that is signed again must be signed by whom it was signed by: a person may
//! have several keys, and a tip that was signed by another one (`git commit -S<key>`) would
//! come out with the one of the settings.

/// Whether two armoured signatures are of one format and by one key. `false` where that
/// cannot be told: then nothing is signed again.
pub(super) fn is_same(one: &[u8], other: &[u8]) -> bool {
    match (key(one), key(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The format with the key, or a name of the key that no other one has.
fn key(armoured: &[u8]) -> Option<(&'static str, Vec<u8>)> {
    let text = std::str::from_utf8(armoured).ok()?;
    let mut lines = text.trim().lines().map(str::trim_end);
    let begin = lines.next()?;
    let ssh = match begin {
        "-----BEGIN SSH SIGNATURE-----" => true,
        "-----BEGIN PGP SIGNATURE-----" | "-----BEGIN PGP MESSAGE-----" => false,
        _ => return None,
    };
    let body: Vec<&str> = lines.take_while(|line| !line.starts_with('-')).collect();
    // Headers of the armour (`Version: …`) end at a blank line; the checksum begins by `=`.
    let from = match body.iter().position(|line| line.is_empty()) {
        Some(at) if !ssh => at + 1,
        _ => 0,
    };
    let text: String = body[from..]
        .iter()
        .take_while(|line| !line.starts_with('='))
        .copied()
        .collect();
    let bytes = decoded(&text)?;
    if ssh {
        Some(("ssh", ssh_key(&bytes)?))
    } else {
        Some(("openpgp", pgp_key(&bytes)?))
    }
}

/// `SSHSIG`, a version, and the public key as a string with its length.
fn ssh_key(bytes: &[u8]) -> Option<Vec<u8>> {
    let rest = bytes.strip_prefix(b"SSHSIG")?.get(4..)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    rest.get(..length).map(<[u8]>::to_vec)
}

/// The fingerprint of the issuer of the first packet, a signature of version 4 or newer;
/// without one, the id of its key.
fn pgp_key(bytes: &[u8]) -> Option<Vec<u8>> {
    let (tag, rest) = bytes.split_first()?;
    let (tag, body) = if tag & 0x40 == 0 {
        let skip = [1, 2, 4].get(usize::from(tag & 3))?;
        (tag >> 2 & 15, rest.get(*skip..)?)
    } else {
        let (_, rest) = length(rest)?;
        (tag & 0x3f, rest)
    };
    let (version, wide) = (*body.first()?, usize::from(*body.first()? >= 6));
    if tag != 2 || !(4..=6).contains(&version) {
        return None;
    }
    // Version, type, two algorithms; then the fields that are signed and those that are not.
    let (hashed, rest) = counted(body.get(4..)?, 2 + 2 * wide)?;
    let (unhashed, _) = counted(rest, 2 + 2 * wide)?;
    let field = |kind| field(hashed, kind).or_else(|| field(unhashed, kind));
    field(33).or_else(|| field(16)).map(<[u8]>::to_vec)
}

/// What a big-endian count of so many bytes counts, and the rest.
fn counted(bytes: &[u8], wide: usize) -> Option<(&[u8], &[u8])> {
    let (count, rest) = bytes.split_at_checked(wide)?;
    let count = count
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    rest.split_at_checked(count)
}

/// The field of a kind.
fn field(mut fields: &[u8], kind: u8) -> Option<&[u8]> {
    while !fields.is_empty() {
        let (size, rest) = length(fields)?;
        let (one, rest) = rest.split_at_checked(size)?;
        let (found, data) = one.split_first()?;
        if found & 0x7f == kind {
            return Some(data);
        }
        fields = rest;
    }
    None
}

/// A length in one, two or five bytes, and the rest.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first {
        0..192 => Some((usize::from(*first), rest)),
        192..255 => {
            let (second, rest) = rest.split_first()?;
            Some((
                (usize::from(*first) - 192) * 256 + usize::from(*second) + 192,
                rest,
            ))
        }
        255 => {
            let (four, rest) = rest.split_first_chunk::<4>()?;
            Some((usize::try_from(u32::from_be_bytes(*four)).ok()?, rest))
        }
    }
}

/// Base 64 without line breaks.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut held) = (Vec::with_capacity(text.len()), 0_u32, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{decoded, is_same, key};

    fn encoded(bytes: &[u8]) -> String {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for three in bytes.chunks(3) {
            let word = three
                .iter()
                .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
            let word = word << (8 * (3 - three.len()));
            for digit in 0..=three.len() {
                out.push(char::from(DIGITS[(word >> (18 - 6 * digit) & 63) as usize]));
            }
            out.push_str(&"=".repeat(3 - three.len()));
        }
        out
    }

    fn armoured(kind: &str, bytes: &[u8]) -> Vec<u8> {
        format!(
            "-----BEGIN {kind}-----\n{}{}\n-----END {kind}-----\n",
            if kind.starts_with("PGP") {
                "Version: x\n\n"
            } else {
                ""
            },
            encoded(bytes)
        )
        .into_bytes()
    }

    fn ssh(key: &[u8], rest: &[u8]) -> Vec<u8> {
        let length = u32::try_from(key.len()).unwrap().to_be_bytes();
        armoured(
            "SSH SIGNATURE",
            &[b"SSHSIG\0\0\0\x01", &length[..], key, rest].concat(),
        )
    }

    /// A signature packet with the fingerprint of an issuer.
    fn pgp(fingerprint: u8, at: u8, old: bool) -> Vec<u8> {
        let issuer = [&[22, 33, 4][..], &[fingerprint; 20]].concat();
        let hashed = [&[5, 2, 0, 0, 0, at][..], &issuer].concat();
        let count = u8::try_from(hashed.len()).unwrap();
        let body = [&[4, 0, 1, 8, 0, count][..], &hashed, &[0, 0, 9, 9]].concat();
        let size = u8::try_from(body.len()).unwrap();
        let head = if old { 0x88 } else { 0xc2 };
        armoured("PGP SIGNATURE", &[&[head, size][..], &body].concat())
    }

    #[test]
    fn one_key_is_told_from_another() {
        assert!(is_same(
            &ssh(b"key one", b"a"),
            &ssh(b"key one", b"other bytes")
        ));
        assert!(!is_same(&ssh(b"key one", b"a"), &ssh(b"key two", b"a")));
        assert!(is_same(&pgp(1, 1, false), &pgp(1, 2, true)));
        assert!(!is_same(&pgp(1, 1, false), &pgp(2, 1, false)));
        assert!(!is_same(&ssh(b"key one", b"a"), &pgp(1, 1, false)));
    }

    #[test]
    fn what_cannot_be_told_is_not_the_same() {
        for odd in [
            &b""[..],
            b"-----BEGIN SIGNED MESSAGE-----\nMIIB\n-----END SIGNED MESSAGE-----",
            b"-----BEGIN SSH SIGNATURE-----\n!!\n",
            b"-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n",
            b"-----BEGIN PGP SIGNATURE-----\n\niQ==\n",
        ] {
            assert_eq!(key(odd), None, "{}", String::from_utf8_lossy(odd));
            assert!(!is_same(odd, odd));
        }
        assert_eq!(decoded("U1NIU0lH").unwrap(), b"SSHSIG");
    }
}
