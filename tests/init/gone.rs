//! What is said where something of hive's is broken or gone.

use super::installed;

#[test]
fn wait_does_not_wait_under_settings_that_cannot_be_read() {
    let sandbox = installed();
    sandbox.write("hive.toml", "lnit = 1\n");
    // The time is never used up: a test that waits for it fails by its own deadline.
    let ran = sandbox.hive(&["wait", "--timeout", "10m"]).expect(2);
    assert!(ran.stderr.contains("hive.toml:1"), "{}", ran.stderr);
}
