//! The table of bad input: one clear message, the right exit code, and nothing lost that was written.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::{Ran, command, copy, done, goalconvo, root};

/// One kind of bad input.
struct Case {
    name: &'static str,
    /// Makes it bad.
    prepare: fn(&Path),
    run: &'static str,
    code: i32,
    /// Fragments of the message: place, found, expected, what to do.
    says: &'static [&'static str],
}

const GOOD_RUN: &str = "generate -n 6 --seed 7 --domain mock --out run";

const CASES: &[Case] = &[
    Case {
        name: "a missing file",
        prepare: |_| {},
        run: "verify nowhere.jsonl",
        code: 3,
        says: &["nowhere.jsonl", "no such file", "check the path"],
    },
    Case {
        name: "a folder that is no run",
        prepare: |folder| fs::create_dir(folder.join("photos")).unwrap(),
        run: "verify photos",
        code: 3,
        says: &["photos", "found a folder without run.toml", "expected a run folder or a .jsonl file"],
    },
    Case {
        name: "broken JSON",
        prepare: |folder| fs::write(folder.join("d.jsonl"), "\n{\"format\":\"goalconvo/1\",,}\n").unwrap(),
        run: "verify d.jsonl",
        code: 3,
        says: &["d.jsonl line 2 column 25", "broken JSON", "expected one whole JSON object a line"],
    },
    Case {
        name: "another version of the record",
        prepare: |folder| {
            let text = fs::read_to_string(folder.join("run/dialogues.jsonl")).unwrap();
            fs::write(folder.join("d.jsonl"), text.replace("goalconvo/1", "goalconvo/9")).unwrap();
        },
        run: "verify d.jsonl",
        code: 3,
        says: &["d.jsonl line 1 at /format", "goalconvo/9", "this program reads \"goalconvo/1\""],
    },
    Case {
        name: "another version of the run",
        prepare: |folder| edit(&folder.join("run/run.toml"), "goalconvo-run/1", "goalconvo-run/9"),
        run: GOOD_RUN,
        code: 3,
        says: &["run.toml", "goalconvo-run/9", "this program reads \"goalconvo-run/1\"", "use the version"],
    },
    Case {
        name: "a record that is no record",
        prepare: |folder| {
            fs::write(folder.join("d.jsonl"), "{\"format\":\"goalconvo/1\",\"id\":4}\n").unwrap();
        },
        run: "inspect d.jsonl",
        code: 3,
        says: &["d.jsonl line 1 at /id", "integer `4`, expected a string"],
    },
    Case {
        name: "a dialogue that is not there",
        prepare: |_| {},
        run: "inspect run --id 999999",
        code: 3,
        says: &["run/dialogues.jsonl", "no dialogue has the id \"999999\""],
    },
    Case {
        name: "another seed on an existing run",
        prepare: |_| {},
        run: "generate -n 6 --seed 8 --domain mock --out run",
        code: 3,
        says: &["run.toml", "seed: the run has 7, you asked for 8", "choose another folder"],
    },
    Case {
        name: "another dial on an existing run",
        prepare: |_| {},
        run: "generate -n 6 --seed 7 --domain mock --out run --tool-errors 9",
        code: 3,
        says: &["dials.tool-errors: the run has nothing, you asked for 9"],
    },
    Case {
        name: "a folder that holds something else",
        prepare: |folder| fs::create_dir_all(folder.join("mine/letters")).unwrap(),
        run: "generate -n 6 --domain mock --out mine",
        code: 3,
        says: &["mine", "found letters, but no run.toml", "choose another folder"],
    },
    Case {
        name: "a place that is a file",
        prepare: |folder| fs::write(folder.join("file"), "").unwrap(),
        run: "generate -n 6 --domain mock --out file/run",
        code: 3,
        says: &["file/run", "not a directory", "choose another path"],
    },
    Case {
        name: "a settings file that was changed",
        prepare: |folder| edit(&folder.join("run/run.toml"), "seed = 7", "seed = 8"),
        run: "generate -n 6 --seed 8 --domain mock --out run",
        code: 3,
        says: &["run.toml", "somebody changed the file", "put it back"],
    },
    Case {
        name: "a domain nobody knows",
        prepare: |_| {},
        run: "generate --domain restuarant --out other",
        code: 2,
        says: &["no built-in domain \"restuarant\"", "did you mean `restaurant`?"],
    },
    Case {
        name: "a domain folder that is not there",
        prepare: |_| {},
        run: "generate --domain ./nowhere --out other",
        code: 3,
        says: &["nowhere", "check the path"],
    },
    Case {
        name: "an unknown slot",
        prepare: |folder| {
            copy(&root().join("domains/mock"), &folder.join("own"));
            edit(&folder.join("own/domain.toml"), "requests = [", "requests = [\"pirce\", ");
        },
        run: "generate --domain ./own --out other",
        code: 3,
        says: &["own/domain.toml:", "pirce", "price"],
    },
    Case {
        name: "an unknown slot in a goal",
        prepare: |folder| goal(folder, "\"color\":\"red\"", "found"),
        run: "generate --domain mock --goals ./goals.jsonl --out other",
        code: 3,
        says: &[
            "goals.jsonl line 2 at /goal/tasks/0/constraints/color",
            "unknown slot",
            "did you mean `colour`?",
        ],
    },
    Case {
        name: "an unsatisfiable goal",
        prepare: |folder| goal(folder, "\"seats\":9", "found"),
        run: "generate --domain mock --goals ./goals.jsonl --out other",
        code: 3,
        says: &["goals.jsonl line 2 at /goal/tasks/0/constraints", "unsatisfiable", "seats = 9", "expects"],
    },
    Case {
        name: "a goal that is met although it should not be",
        prepare: |folder| goal(folder, "\"seats\":2", "unavailable"),
        run: "generate --domain mock --goals ./goals.jsonl --out other",
        code: 3,
        says: &["goals.jsonl line 2 at /goal/tasks/0/expect", "seats = 2", "expects that nothing is found"],
    },
    Case {
        name: "a goal that is no goal",
        prepare: |folder| goal(folder, "\"seats\":2", "hoped"),
        run: "generate --domain mock --goals ./goals.jsonl --out other",
        code: 3,
        says: &["goals.jsonl line 2 column", "unknown variant `hoped`", "expected a goal"],
    },
    Case {
        name: "a goal without a task",
        prepare: |folder| tasks(folder, ""),
        run: "generate --domain mock --goals ./goals.jsonl --out other",
        code: 3,
        says: &["goals.jsonl line 1 at /goal/tasks: no task; expected at least one"],
    },
    Case {
        name: "a search that is to be done",
        prepare: |folder| goal(folder, "\"seats\":2", "done"),
        run: "generate --domain mock --goals ./goals.jsonl --out other",
        code: 3,
        says: &[
            "goals.jsonl line 2 at /goal/tasks/0/expect",
            "can't end as done; expected found or unavailable",
        ],
    },
    Case {
        name: "a transaction without what it requires",
        prepare: |folder| tasks(folder, &[FIND, &rent("\"hours\":2")].join(",")),
        run: "generate --domain mock --goals ./goals.jsonl --out other",
        code: 3,
        says: &[
            "goals.jsonl line 1 at /goal/tasks/1/constraints: the slot \"day\" is missing",
            "requires it",
        ],
    },
    Case {
        name: "a transaction without its search",
        prepare: |folder| tasks(folder, &rent("\"hours\":2,\"day\":\"saturday\"")),
        run: "generate --domain mock --goals ./goals.jsonl --out other",
        code: 3,
        says: &["goals.jsonl line 1 at /goal/tasks/0/intent", "expected a task of that intent before it"],
    },
    Case {
        name: "a count below nothing",
        prepare: |folder| tasks(folder, &[FIND, &rent("\"hours\":-3,\"day\":\"saturday\"")].join(",")),
        run: "generate --domain mock --goals ./goals.jsonl --out other",
        code: 3,
        says: &["goals.jsonl line 1 at /goal/tasks/1/constraints/hours", "can't be -3, expected 1 or more"],
    },
    Case {
        name: "a day that no week has",
        prepare: |folder| tasks(folder, &[FIND, &rent("\"hours\":2,\"day\":\"someday\"")].join(",")),
        run: "generate --domain mock --goals ./goals.jsonl --out other",
        code: 3,
        says: &["goals.jsonl line 1 at /goal/tasks/1/constraints/day", "can't be \"someday\""],
    },
    Case {
        name: "a corpus that is none",
        prepare: |_| {},
        run: "generate --domain mock --goals corpus --out other",
        code: 2,
        says: &["--goals corpus", "expected one folder with goals.jsonl", "`goalconvo import` makes one"],
    },
    Case {
        name: "an import of nothing",
        prepare: |folder| fs::create_dir(folder.join("empty")).unwrap(),
        run: "import multiwoz empty --out world",
        code: 3,
        says: &["empty"],
    },
    Case {
        name: "an import over something else",
        prepare: |_| {},
        run: "import multiwoz nowhere --out run",
        code: 3,
        says: &["run: found a folder without import.json", "choose another --out"],
    },
    Case {
        name: "a goal class nobody knows",
        prepare: |_| {},
        run: "generate --domain mock --classes unique_mach=1 --out other",
        code: 2,
        says: &["--classes", "\"unique_mach\" is no goal class", "did you mean `unique_match`?"],
    },
    Case {
        name: "a shard that is none",
        prepare: |_| {},
        run: "generate --domain mock --shard 8/8 --out other",
        code: 2,
        says: &["--shard", "found \"8/8\", expected I/N with I from 0 to N-1"],
    },
    Case {
        name: "an unknown key",
        prepare: |folder| {
            fs::write(folder.join("goalconvo.toml"), "[generate]\nseed = 7\nsede = 8\n").unwrap();
        },
        run: "generate --domain mock --out other",
        code: 2,
        says: &["goalconvo.toml:3:1", "unknown key `sede`", "did you mean `seed`?"],
    },
    Case {
        name: "a value of the wrong kind",
        prepare: |folder| fs::write(folder.join("goalconvo.toml"), "[generate]\nseed = \"seven\"\n").unwrap(),
        run: "generate --domain mock --out other",
        code: 2,
        says: &["goalconvo.toml:2:8", "seven", "--seed"],
    },
    Case {
        name: "an unknown variable in .env",
        prepare: |folder| fs::write(folder.join(".env"), "GOALCONVO_SEDE=7\n").unwrap(),
        run: "generate --domain mock --out other",
        code: 2,
        says: &["GOALCONVO_SEDE", "did you mean `GOALCONVO_SEED`?"],
    },
    Case {
        name: "a value of the wrong kind in .env",
        prepare: |folder| fs::write(folder.join(".env"), "GOALCONVO_SEED=x\n").unwrap(),
        run: "generate --domain mock --out other",
        code: 2,
        says: &[".env: GOALCONVO_SEED", "invalid value 'x'"],
    },
    Case {
        name: "a broken configuration",
        prepare: |folder| fs::write(folder.join("goalconvo.toml"), "[generate]\nseed = \n").unwrap(),
        run: "generate --domain mock --out other",
        code: 2,
        says: &["goalconvo.toml:2:"],
    },
    Case {
        name: "a configuration that is not there",
        prepare: |_| {},
        run: "generate --domain mock --out other --config mine.toml",
        code: 3,
        says: &["mine.toml", "check the path"],
    },
    Case {
        name: "fewer than none",
        prepare: |_| {},
        run: "generate -n -1 --domain mock --out other",
        code: 2,
        says: &["invalid value '-1' for '--count <N>'"],
    },
    Case {
        name: "more constraints than there are",
        prepare: |_| {},
        run: "generate --constraints 50 --domain mock --out other",
        code: 2,
        says: &["50", "--constraints", "12"],
    },
    Case {
        name: "other goals on an existing run",
        prepare: |folder| goal(folder, "\"seats\":2", "found"),
        run: "generate -n 6 --seed 7 --domain mock --goals ./goals.jsonl --out run",
        code: 3,
        says: &["goals: the run has \"sampled\", you asked for a file"],
    },
    Case {
        name: "a beginning after the end",
        prepare: |_| {},
        run: "inspect run --skip 4000",
        code: 3,
        says: &["run/dialogues.jsonl: it has 6 dialogues, none after --skip 4000"],
    },
    Case {
        name: "a folder of a domain that is not there",
        prepare: |_| {},
        run: "domains check nosuch",
        code: 3,
        says: &["nosuch: can't be read (no such file or directory); check the path"],
    },
    Case {
        name: "a verb nobody knows",
        prepare: |_| {},
        run: "generrate",
        code: 2,
        says: &["generrate", "generate"],
    },
];

/// A task that finds something.
const FIND: &str = r#"{"domain":"mock","intent":"find_kayak","constraints":{"seats":2},"expect":"found"}"#;

fn rent(constraints: &str) -> String {
    format!(
        "{{\"domain\":\"mock\",\"intent\":\"rent_kayak\",\"constraints\":{{{constraints}}},\"expect\":\"done\"}}"
    )
}

/// A file of one goal with these tasks.
fn tasks(folder: &Path, tasks: &str) {
    let goal = format!(
        "{{\"id\":\"g\",\"domains\":[\"mock\"],\"goal\":{{\"class\":\"corpus\",\"tasks\":[{tasks}]}}}}\n"
    );
    fs::write(folder.join("goals.jsonl"), goal).unwrap();
}

/// A file of two goals, the first of them good.
fn goal(folder: &Path, constraint: &str, expect: &str) {
    let line = |constraint: &str, expect: &str| {
        format!(
            "{{\"id\":\"g\",\"domains\":[\"mock\"],\"goal\":{{\"class\":\"corpus\",\"tasks\":[{{\"domain\":\"mock\",\
             \"intent\":\"find_kayak\",\"constraints\":{{{constraint}}},\"expect\":\"{expect}\"}}]}}}}\n"
        )
    };
    fs::write(folder.join("goals.jsonl"), line("\"seats\":2", "found") + &line(constraint, expect)).unwrap();
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{} has no {from}", path.display());
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// A folder with a good run of six dialogues in it.
fn stage() -> (tempfile::TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), GOOD_RUN);
    let file = folder.path().join("run/dialogues.jsonl");
    let written = fs::read(&file).unwrap();
    (folder, file, written)
}

fn expect(name: &str, ran: &Ran, code: i32, says: &[&str]) {
    assert_eq!(ran.code, Some(code), "{name}: {}{}", ran.out, ran.err);
    for fragment in says {
        assert!(ran.err.contains(fragment), "{name}: {fragment:?} is not in {:?}", ran.err);
    }
    assert!(!ran.err.contains("panicked") && ran.err.lines().count() <= 12, "{name}: {}", ran.err);
}

#[test]
fn bad_input_gets_one_clear_message_and_loses_nothing() {
    let (good, ..) = stage();
    for case in CASES {
        let folder = tempfile::tempdir().unwrap();
        copy(good.path(), folder.path());
        let written = fs::read(folder.path().join("run/dialogues.jsonl")).unwrap();
        (case.prepare)(folder.path());
        expect(case.name, &goalconvo(folder.path(), case.run), case.code, case.says);
        assert!(
            fs::read(folder.path().join("run/dialogues.jsonl")).unwrap() == written,
            "{} lost a record",
            case.name
        );
    }
}

#[test]
fn an_unknown_variable_is_named_with_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let ran = Ran::from(command(folder.path(), "doctor").env("GOALCONVO_SEEED", "7").output().unwrap());
    expect("a variable", &ran, 2, &["GOALCONVO_SEEED", "did you mean `GOALCONVO_SEED`?"]);
}

#[test]
fn a_second_process_on_one_run_is_told_about_the_first() {
    let (folder, file, written) = stage();
    let header = goalconvo_store::Header::read(&folder.path().join("run/run.toml")).unwrap();
    let first = goalconvo_store::Run::open(&folder.path().join("run"), header).unwrap();
    let this = format!("process {}", std::process::id());
    expect("a second process", &goalconvo(folder.path(), GOOD_RUN), 3, &[&this, "choose another folder"]);
    assert!(fs::read(&file).unwrap() == written);
    drop(first);
    done(folder.path(), GOOD_RUN);
}

#[test]
fn a_run_cut_in_the_middle_is_mended_and_says_so() {
    for (name, says) in [
        ("dialogues.jsonl", "dialogues.jsonl: cut off"),
        ("journal/checkpoints", "journal/checkpoints: cut off a broken last line"),
    ] {
        let (folder, file, written) = stage();
        let bytes = fs::read(folder.path().join("run").join(name)).unwrap();
        fs::write(folder.path().join("run").join(name), &bytes[..bytes.len() - 30]).unwrap();
        let ran = goalconvo(folder.path(), GOOD_RUN);
        expect(name, &ran, 0, &[says]);
        assert!(fs::read(&file).unwrap() == written, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn an_unwritable_folder_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    // The superuser may write anywhere but where the kernel itself keeps house.
    let place = if fs::write(closed.join("probe"), "").is_ok() { "/sys/kernel".into() } else { closed };
    let ran = goalconvo(folder.path(), &format!("generate -n 6 --domain mock --out {}/run", place.display()));
    expect(
        "an unwritable folder",
        &ran,
        3,
        &[&format!("{}/run", place.display()), "choose a place where you may write"],
    );
    let ran = goalconvo(folder.path(), &format!("doctor --out {}", place.display()));
    assert_eq!(ran.code, Some(6), "{}", ran.out);
    assert!(ran.out.contains("BAD  output folder"), "{}", ran.out);
}

/// A disk with so little room, where the system lets us have one.
#[cfg(target_os = "linux")]
fn on_a_tiny_disk(folder: &Path, arguments: &str) -> Option<Ran> {
    let script = format!(
        "mount -t tmpfs -o size=64k tiny {0} || exit 99; {1} {arguments}; code=$?; \
         tail -n +1 {0}/run/dialogues.jsonl >kept; exit $code",
        folder.join("tiny").display(),
        env!("CARGO_BIN_EXE_goalconvo")
    );
    fs::create_dir(folder.join("tiny")).unwrap();
    let mut command = std::process::Command::new("unshare");
    command.args(["-rm", "bash", "-c", &script]).current_dir(folder);
    let ran = Ran::from(command.output().ok()?);
    (ran.err.contains("dialogues.jsonl") || ran.code == Some(0)).then_some(ran)
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let says =
        ["dialogues.jsonl", "no space left on device", "free some space and run the same command again"];
    if let Some(ran) = on_a_tiny_disk(folder.path(), "generate -n 300 --seed 7 --domain mock --out tiny/run")
    {
        expect("a full disk", &ran, 3, &says);
        // What fitted is a beginning of the run, to the byte.
        done(folder.path(), "generate -n 300 --seed 7 --domain mock --out run");
        let (kept, whole) =
            (fs::read(folder.path().join("kept")).unwrap(), folder.path().join("run/dialogues.jsonl"));
        assert!(!kept.is_empty() && fs::read(whole).unwrap().starts_with(&kept));
    }
    // A device that is always full stands in where no disk may be mounted.
    let run = folder.path().join("full");
    done(folder.path(), "generate -n 1 --seed 7 --domain mock --out begun");
    fs::create_dir(&run).unwrap();
    fs::copy(folder.path().join("begun/run.toml"), run.join("run.toml")).unwrap();
    std::os::unix::fs::symlink("/dev/full", run.join("dialogues.jsonl")).unwrap();
    expect(
        "a full device",
        &goalconvo(folder.path(), "generate -n 6 --seed 7 --domain mock --out full"),
        3,
        &says,
    );
}

#[test]
fn nothing_asked_for_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let ran = goalconvo(folder.path(), "generate -n 0 --domain mock --out none");
    assert!(ran.code == Some(2) && ran.err.contains("0 is not in 1.."), "{}", ran.err);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let (folder, ..) = stage();
    let mut child =
        command(folder.path(), "inspect run -n 6").stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_closed_standard_error_changes_nothing() {
    let (folder, ..) = stage();
    fs::write(folder.path().join("d.jsonl"), "{\n").unwrap();
    for (arguments, code) in [
        ("verify d.jsonl", 3),
        ("generate --domain nosuch", 2),
        ("generrate", 2),
        (GOOD_RUN, 0),
        ("verify run", 0),
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = command(folder.path(), arguments).stderr(writer).output().unwrap();
        assert_eq!(ran.status.code(), Some(code), "{arguments}");
    }
}

/// A corpus of one dialogue.
fn corpus(folder: &Path) {
    fs::create_dir_all(folder.join("corpus/db")).unwrap();
    let restaurants = r#"[{"id":"1","name":"the blue door","area":"centre","food":"thai","pricerange":"cheap","phone":"01632960001","postcode":"cb00aa","address":"1 Mill Lane"}]"#;
    let dialogues = r#"{"SNG1.json":{"goal":{"restaurant":{"info":{"food":"thai"},"fail_info":{},"reqt":["phone"]},"message":["Find a <span class='emphasis'>restaurant</span>."]},"log":[]}}"#;
    fs::write(folder.join("corpus/db/restaurant_db.json"), restaurants).unwrap();
    fs::write(folder.join("corpus/data.json"), dialogues).unwrap();
}

#[test]
fn an_import_that_was_cut_off_continues() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    done(folder.path(), "import multiwoz corpus --out whole");
    // What a full disk leaves: some files, one of them in the middle.
    let world = folder.path().join("world/.partial/restaurant");
    fs::create_dir_all(&world).unwrap();
    let whole = fs::read(folder.path().join("whole/restaurant/domain.toml")).unwrap();
    fs::write(world.join("domain.toml.tmp"), &whole[..whole.len() / 2]).unwrap();
    fs::write(world.join("tools.toml"), "").unwrap();
    done(folder.path(), "import multiwoz corpus --out world");
    for name in ["restaurant/domain.toml", "restaurant/tools.toml", "import.json", "goals.jsonl"] {
        let [whole, world] =
            ["whole", "world"].map(|run| fs::read(folder.path().join(run).join(name)).unwrap());
        assert!(whole == world, "{name}");
    }
    assert!(!folder.path().join("world/.partial").exists());
    done(folder.path(), "import multiwoz corpus --out world");
}
