//! Who plays: personas drawn for the built-in speakers.

use goalconvo_core::{Key, Persona, Purpose, Rng, Traits};

/// The user of a dialogue: traits around the middle, extremes rare.
pub(crate) fn user(key: Key) -> Persona {
    let mut rng = key.rng(0, Purpose::Persona);
    let mut level = || level(&mut rng);
    let traits = Traits {
        patience: level(),
        verbosity: level(),
        initiative: level(),
        precision: level(),
        politeness: level(),
        trust: level(),
        literacy: level(),
        typing: 100,
    };
    let careless = rng.chance(12);
    let typing = if careless { rng.between(30, 80) as u8 } else { 100 };
    Persona { traits: Traits { typing, ..traits }, ..Persona::default() }
}

/// The mean of three uniform draws from 0 to 100.
fn level(rng: &mut Rng) -> u8 {
    let sum: i64 = (0..3).map(|_| rng.between(0, 100)).sum();
    u8::try_from(sum / 3).unwrap_or(50)
}
