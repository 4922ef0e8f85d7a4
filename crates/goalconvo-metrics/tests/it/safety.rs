//! What should not be in a dataset is found, and what looks like it is not.

use goalconvo_metrics::safety::{ContaminationIndex, SafetyKind, scan};

use crate::corpus::spoken;

#[test]
fn kinds_are_told_apart_by_form_and_checksum() {
    use SafetyKind::{BankAccount, Email, IpAddress, PaymentCard, Phone, Profanity, Secret, SocialSecurity};
    let check = |text: &str, expect: &[SafetyKind]| {
        let found: Vec<SafetyKind> = scan(text).into_iter().map(|found| found.kind).collect();
        assert_eq!(found, expect, "{text}");
    };
    check("Write to ann.lee@mail.example.com please", &[Email]);
    check("me@home", &[]);
    check("Their phone number is 01223 351880 .", &[Phone]);
    check("Call +44 20 7946 0958", &[Phone]);
    check("for 4 people at 19:30 on 12 May, 3 nights", &[]);
    check("My card is 4111 1111 1111 1111", &[PaymentCard]);
    check("The order is 4111 1111 1111 1112", &[]);
    check("IBAN GB82 WEST 1234 5698 7654 32", &[BankAccount]);
    check("IBAN GB82 WEST 1234 5698 7654 33", &[]);
    check("123-45-6789", &[SocialSecurity]);
    check("666-45-6789", &[Phone]);
    check("The server is 192.168.1.10", &[IpAddress]);
    check("version 1.2.3.999", &[]);
    check("AKIAABCDEFGHIJKLMNOP", &[Secret]);
    check("password: hunter22", &[Secret]);
    check("I forgot my password", &[]);
    check("That is bullshit!", &[Profanity]);
    for insult in ["You idiot.", "How idiotic!", "MORONS", "an imbecile", "dumbass", "scum", "Oh, shut up."] {
        check(insult, &[Profanity]);
    }
    check("The kitchen is shut. Up to four can sit upstairs, an idiom, oxymoron and scumble.", &[]);
    check("Scunthorpe, Dickens and a shitake... assassin", &[]);
    check("", &[]);
}

#[test]
fn contamination_counts_what_the_reference_holds() {
    let long = "I would like to book a table for four people at the golden house on friday evening please";
    let mut index = ContaminationIndex::default();
    index.push(&spoken("reference", [long, "Of course."]));
    let copied = index.check(&spoken("copy", [long, "Of course."]));
    assert_eq!((copied.shared_runs, copied.near_duplicates), (copied.runs, 1));
    let near = index.check(&spoken("near", [long.replace("please", "thanks").as_str()]));
    assert!(near.shared_runs > 0 && near.near_duplicates == 1, "{near:?}");
    let own = "We are planning a trip with our children and need somewhere quiet to stay near the river";
    let own = index.check(&spoken("own", [own]));
    assert_eq!((own.shared_runs, own.near_duplicates), (0, 0));
    assert!(own.runs > 0);
}
