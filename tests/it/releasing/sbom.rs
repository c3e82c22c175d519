//! The list of what the program is made of, merged from those that cargo-cyclonedx writes.

use std::os::unix::fs::PermissionsExt;
use std::sync::LazyLock;

use serde_json::Value;

use super::{VERSION, script_with};

/// As cargo-cyclonedx 0.5.9 writes it, which leaves the serial number out where `SOURCE_DATE_EPOCH`
/// is set: one package that every system has, and one of the system itself.
const CARGO: &str = r#"#!/bin/sh
while [ "$#" -gt 1 ]; do
  case $1 in --target) target=$2 ;; --override-filename) file=$2 ;; esac
  shift
done
case $target in *apple*) own=security-framework ;; *) own=openssl-probe ;; esac
package() { printf '{"type": "library", "bom-ref": "%s@1", "name": "%s", "version": "1"}' "$1" "$1"; }
cat >"$file.json" <<DOCUMENT
{
  "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
  "metadata": {"component": {"type": "application", "name": "jelou", "version": "VERSION", "bom-ref": "path+file://$PWD#VERSION"}},
  "components": [$(package rustls), $(package ring), $(package "$own")],
  "dependencies": [{"ref": "path+file://$PWD#VERSION", "dependsOn": ["rustls@1", "ring@1", "$own@1"]}, {"ref": "$own@1"}]
}
DOCUMENT
"#;

/// Two, one after the other: the script has its files in the folder of the project for a moment.
static LISTS: LazyLock<[Value; 2]> = LazyLock::new(|| [written(), written()]);

fn written() -> Value {
    let folder = tempfile::tempdir().unwrap();
    let programs = folder.path().join("bin");
    std::fs::create_dir(&programs).unwrap();
    std::fs::write(programs.join("cargo"), CARGO.replace("VERSION", VERSION)).unwrap();
    std::fs::set_permissions(programs.join("cargo"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let into = folder.path().join("release");
    let ran = script_with("sbom", &[into.to_str().unwrap()], &[("PATH", &path)]).ended(0);
    let file = into.join(format!("jelou-v{VERSION}.cdx.json"));
    assert_eq!(ran.stdout, format!("{}\n", file.canonicalize().unwrap().display()));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// `actions/attest` (src/sbom.ts, `checkIsCycloneDX`) refuses a document that lacks one of the three.
/// The serial number is a UUID (RFC 9562: version 8, made of what is in the document).
#[test]
fn the_list_can_be_attested() {
    let [list, again] = &*LISTS;
    assert_eq!((&list["bomFormat"], &list["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    let serial = list["serialNumber"].as_str().unwrap();
    let digits = serial.strip_prefix("urn:uuid:").unwrap();
    let groups: Vec<&str> = digits.split('-').collect();
    assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{serial}");
    assert!(digits.chars().all(|digit| digit == '-' || digit.is_ascii_hexdigit()), "{serial}");
    assert!(groups[2].starts_with('8') && groups[3].starts_with('8'), "{serial}");
    assert_eq!(again["serialNumber"], serial, "the same content, the same number");
}

#[test]
fn the_list_has_what_each_system_has_once_and_no_folder_of_the_build() {
    let [list, _] = &*LISTS;
    let names: Vec<&str> =
        list["components"].as_array().unwrap().iter().map(|component| component["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["openssl-probe", "ring", "rustls", "security-framework"]);
    let of_jelou = &list["dependencies"].as_array().unwrap()[1];
    assert_eq!(of_jelou["ref"], format!("path+file:///jelou#{VERSION}"));
    assert_eq!(of_jelou["dependsOn"].as_array().unwrap().len(), 4);
    let root = crate::support::repository::path("").display().to_string();
    assert!(!list.to_string().contains(root.trim_end_matches('/')), "{list}");
}
