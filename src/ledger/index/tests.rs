//! The index: rules out only what is not there, and trusts a sidecar only as far as it proves itself.

use proptest::prelude::*;

use super::*;

fn line(number: u64) -> String {
    format!(r#"{{"topic":"t{}","type":"k{}","timestamp":{}}}"#, number % 900, number % 3, number * 1000)
        + "\n"
}

fn built(lines: impl IntoIterator<Item = String>) -> (Index, Vec<u8>) {
    let fields = Fields::default();
    let (mut index, mut builder) = (Index::empty(0), Builder::new(fields.clone(), Checkpoint::default()));
    let mut sidecar = Index::header(0, &fields).to_vec();
    let mut add = |block| sidecar.extend_from_slice(&index.push(block));
    for line in lines {
        builder.add(line.as_bytes(), &mut add);
    }
    builder.finish().into_iter().for_each(&mut add);
    (index, sidecar)
}

#[test]
fn blocks_follow_each_other_and_have_what_they_say() {
    let lines: Vec<String> = (0..20_000).map(line).collect();
    let (index, sidecar) = built(lines.clone());
    let length = lines.iter().map(|line| line.len() as u64).sum();
    assert_eq!(index.covered(), Checkpoint { offset: 20_000, position: length });
    assert!(index.blocks().len() > 3);
    for block in index.blocks() {
        let mut topics = 0;
        for number in block.start.offset..block.end().offset {
            let topic = NamedFilter::topic(&format!("t{}", number % 900));
            assert!(block.may_have(&topic, Span::default()));
            let moment = Span { since_ms: Some(number * 1000), until_ms: Some(number * 1000 + 1) };
            assert!(block.may_have(&NamedFilter::default(), moment));
            topics += 1;
        }
        assert_eq!(topics, block.events);
        let after = Span { since_ms: Some(block.end().offset * 1000), until_ms: None };
        let before = Span { since_ms: None, until_ms: Some(block.start.offset * 1000) };
        assert!(!block.may_have(&NamedFilter::default(), after));
        assert!(!block.may_have(&NamedFilter::default(), before));
    }
    assert_eq!(Index::parse(&sidecar, 0, &Fields::default(), length), Some(index.clone()));
    assert_eq!(index.from(0).len(), index.blocks().len());
    assert_eq!(index.from(20_000).len(), 0);
    let second = index.blocks()[1].start.offset;
    assert_eq!(index.from(second)[0].start.offset, second);
    assert_eq!(index.from(second - 1)[0].start.offset, 0);
}

#[test]
fn a_topic_in_one_block_of_many_is_looked_for_in_few() {
    let (index, _) = built((0..40_000).map(|number| {
        let topic = if number == 30_000 { "rare".to_owned() } else { format!("common{}", number % 50) };
        format!(r#"{{"topic":"{topic}","type":"k"}}"#) + "\n"
    }));
    let may = |filter: &NamedFilter| {
        index.blocks().iter().filter(|block| block.may_have(filter, Span::default())).count()
    };
    assert_eq!(may(&NamedFilter::topic("rare")), 1);
    assert_eq!(may(&NamedFilter::topic("never")), 0);
    assert_eq!(may(&NamedFilter { topics: None, types: Some(vec!["other".to_owned()]) }), 0);
    assert_eq!(may(&NamedFilter::topic("common7")), index.blocks().len());
    // Without a time no event is in any range of time.
    let span = Span { since_ms: Some(0), until_ms: None };
    assert!(!index.blocks()[0].may_have(&NamedFilter::default(), span));
}

#[test]
fn a_sidecar_is_trusted_as_far_as_it_proves_itself() {
    let (index, sidecar) = built((0..20_000).map(line));
    let length = index.covered().position;
    let fields = Fields::default();
    let blocks =
        |sidecar: &[u8], length| Index::parse(sidecar, 0, &fields, length).map(|index| index.blocks().len());
    let all = index.blocks().len();
    for cut in 0..RECORD_BYTES {
        assert_eq!(blocks(&sidecar[..sidecar.len() - 1 - cut], length), Some(all - 1));
    }
    for at in 0..sidecar.len() {
        let mut bad = sidecar.clone();
        bad[at] ^= 4;
        match blocks(&bad, length) {
            None => assert!(at < HEADER_BYTES),
            Some(kept) => {
                let harmless = (at - HEADER_BYTES) % RECORD_BYTES >= 172;
                assert_eq!(kept, if harmless { all } else { (at - HEADER_BYTES) / RECORD_BYTES });
            }
        }
    }
    assert_eq!(blocks(&sidecar, length - 1), Some(all - 1));
    assert_eq!(Index::parse(&sidecar, 1, &fields, length), None);
    let others = Fields { time: "at".to_owned(), ..Fields::default() };
    assert_eq!(Index::parse(&sidecar, 0, &others, length), None);
}

proptest! {
    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600), length in any::<u64>()) {
        let mut sidecar = Index::header(3, &Fields::default()).to_vec();
        sidecar.extend_from_slice(&bytes);
        let _ = Index::parse(&sidecar, 3, &Fields::default(), length);
        let _ = Index::parse(&bytes, 3, &Fields::default(), length);
    }
}
