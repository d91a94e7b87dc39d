//! The pipes to and from workers.

use hive::worker::{FrameError, Reply, Request, encode, read};
use hive_test_support::property;

#[test]
fn frames() {
    property("frames", 4_000, 2_048, |u| {
        let mut bytes = u.arbitrary::<&[u8]>()?.to_vec();
        // Now and then a length that fits, or the longest there may be.
        if u.ratio(1, 2)? && bytes.len() > 4 {
            let length = u32::try_from(bytes.len() - 4).unwrap();
            let length = *u.choose(&[length, length / 2, 512 << 20, u32::MAX])?;
            bytes[..4].copy_from_slice(&length.to_le_bytes());
        }
        for _ in 0..2 {
            let mut input = bytes.as_slice();
            if let Ok(request) = read::<Request>(&mut input) {
                // What was read is what would have been written.
                let again = encode(&request).unwrap();
                let reread = read::<Request>(&mut again.as_slice()).unwrap();
                assert_eq!(encode(&reread).unwrap(), again);
            }
        }
        let mut input = bytes.as_slice();
        let _ = read::<Reply>(&mut input);
        Ok(())
    });
}

#[test]
fn torn_frames() {
    property("torn-frames", 2_000, 512, |u| {
        let reply = Reply::Beat {
            progress: u.arbitrary()?,
        };
        let whole = encode(&reply).unwrap();
        let cut = u.int_in_range(0..=whole.len() - 1)?;
        match read::<Reply>(&mut &whole[..cut]) {
            Err(FrameError::Closed) => assert_eq!(cut, 0),
            Err(_) => assert!(cut > 0),
            Ok(read) => panic!("{cut} of {} bytes are {read:?}", whole.len()),
        }
        Ok(())
    });
}
