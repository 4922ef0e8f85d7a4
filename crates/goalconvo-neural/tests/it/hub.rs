//! Models by name, from a server on this machine that does what the hub does, well and badly.

use std::fs;
use std::path::Path;

use goalconvo_metrics::Encoder;
use goalconvo_neural::{Hub, HubName, NeuralError, TextEncoder};

use crate::hub_server::{COMMIT, Fault, HubServer};
use crate::tiny::{case, folder, open};

fn fetch(server: &HubServer, cache: &Path, token: Option<&str>) -> Result<std::path::PathBuf, NeuralError> {
    let hub = Hub::new(&server.endpoint, cache.to_path_buf(), token.map(str::to_owned)).unwrap();
    hub.fetch(&"owner/name".parse().unwrap(), |_, _| ())
}

fn vectors(encoder: &TextEncoder) -> Vec<Vec<f32>> {
    encoder.sentences(&["a cheap room"]).unwrap()
}

#[test]
fn a_model_by_name_is_the_model_and_is_fetched_once() {
    let model = folder(&case("bert"));
    let (server, cache) = (HubServer::of(model.path(), Fault::None), tempfile::tempdir().unwrap());
    let here = fetch(&server, cache.path(), Some("hf_secret")).unwrap();
    assert!(here.ends_with(format!("models--owner--name/snapshots/{COMMIT}")), "{}", here.display());
    let asked = server.asked();
    assert!(asked.iter().any(|line| line == "/large/model.safetensors"), "no token elsewhere: {asked:?}");
    let is_opened = |line: &&String| line.ends_with(" with a token");
    assert_eq!(
        asked.iter().filter(is_opened).count(),
        asked.len() - 1,
        "a token to the hub itself: {asked:?}"
    );

    let (fetched, given) = (open(&here).unwrap(), open(model.path()).unwrap());
    assert_eq!(vectors(&fetched), vectors(&given));
    assert_eq!(fetched.card().content_hash, given.card().content_hash);
    assert_eq!(fetched.card().name, format!("owner/name@{COMMIT}"));

    assert_eq!(fetch(&server, cache.path(), None).unwrap(), here);
    assert_eq!(server.asked(), ["/api/models/owner/name/revision/main?blobs=true"]);
}

#[test]
fn shards_are_fetched_by_their_index() {
    let model = folder(&case("bert"));
    fs::rename(model.path().join("model.safetensors"), model.path().join("a.safetensors")).unwrap();
    let index = serde_json::json!({"weight_map": {"x": "a.safetensors"}}).to_string();
    fs::write(model.path().join("model.safetensors.index.json"), index).unwrap();
    let (server, cache) = (HubServer::of(model.path(), Fault::None), tempfile::tempdir().unwrap());
    let here = fetch(&server, cache.path(), None).unwrap();
    assert_eq!(vectors(&open(&here).unwrap()), vectors(&open(model.path()).unwrap()));
}

#[test]
fn a_broken_transfer_goes_on_where_it_stopped() {
    let model = folder(&case("bert"));
    let (server, cache) = (HubServer::of(model.path(), Fault::Cut), tempfile::tempdir().unwrap());
    let error = fetch(&server, cache.path(), None).unwrap_err().to_string();
    assert!(error.contains("model.safetensors broke off"), "{error}");
    server.asked();
    let here = fetch(&server, cache.path(), None).unwrap();
    let half = fs::metadata(model.path().join("model.safetensors")).unwrap().len() / 2;
    let asked = server.asked();
    assert!(asked.contains(&format!("/large/model.safetensors from {half}")), "{asked:?}");
    assert_eq!(vectors(&open(&here).unwrap()), vectors(&open(model.path()).unwrap()));
}

#[test]
fn what_is_not_what_was_announced_does_not_stay() {
    let model = folder(&case("bert"));
    let cache = tempfile::tempdir().unwrap();
    let error =
        fetch(&HubServer::of(model.path(), Fault::Swapped), cache.path(), None).unwrap_err().to_string();
    assert!(error.contains("announced were") && error.contains("try again"), "{error}");
    let snapshot = cache.path().join("models--owner--name/snapshots").join(COMMIT);
    let left: Vec<_> = fs::read_dir(snapshot).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("model.safetensors")), "{left:?}");

    let outside = cache.path().join("below");
    let error = fetch(&HubServer::of(model.path(), Fault::Climbing), &outside, None).unwrap_err().to_string();
    assert!(error.contains("../../../elsewhere") && error.contains("hexadecimal"), "{error}");
    assert!(!outside.exists());
}

#[test]
fn a_file_of_the_cache_that_changed_is_not_used() {
    let model = folder(&case("bert"));
    let (server, cache) = (HubServer::of(model.path(), Fault::None), tempfile::tempdir().unwrap());
    let weights = fetch(&server, cache.path(), None).unwrap().join("model.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&weights, bytes).unwrap();
    let error = fetch(&server, cache.path(), None).unwrap_err().to_string();
    assert!(error.contains("is not what the hub lists") && error.contains("remove it"), "{error}");
}

#[test]
fn two_at_a_time_fetch_it_once() {
    let model = folder(&case("bert"));
    let (server, cache) = (HubServer::of(model.path(), Fault::None), tempfile::tempdir().unwrap());
    std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| fetch(&server, cache.path(), None)));
        for one in both {
            one.join().unwrap().unwrap();
        }
    });
    let large = server.asked().iter().filter(|line| line.starts_with("/large/")).count();
    assert_eq!(large, 1);
}

#[test]
fn what_is_not_to_be_had_is_said() {
    let (empty, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(empty.path().join("README.md"), "no weights").unwrap();
    let server = HubServer::of(empty.path(), Fault::None);
    let error = fetch(&server, cache.path(), None).unwrap_err().to_string();
    assert!(error.contains("README.md; expected config.json"), "{error}");

    let hub = Hub::new(&server.endpoint, cache.path().to_path_buf(), None).unwrap();
    let missing: HubName = "nobody/nothing".parse().unwrap();
    let error = hub.fetch(&missing, |_, _| ()).unwrap_err().to_string();
    assert!(error.contains("404 Not Found") && error.contains("HF_TOKEN"), "{error}");

    let nobody = Hub::new("http://127.0.0.1:9", cache.path().to_path_buf(), None).unwrap();
    let error = nobody.fetch(&missing, |_, _| ()).unwrap_err().to_string();
    assert!(error.contains("http://127.0.0.1:9") && error.contains("give the model's folder"), "{error}");

    for wrong in
        ["", "/etc/passwd", "a/../b", "owner/name/more", "owner/name@", "owner/na me", "owner/name@../x"]
    {
        let error = wrong.parse::<HubName>().unwrap_err().to_string();
        assert!(error.contains("owner/name@revision"), "{wrong}: {error}");
    }
}
