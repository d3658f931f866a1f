use assay_statement::*;
use proptest::prelude::*;

fn arb_limb() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..MODULUS, 1 => Just(0), 1 => Just(MODULUS - 1)]
}

fn arb_digest() -> impl Strategy<Value = Digest> {
    prop::array::uniform4(arb_limb()).prop_map(|limbs| Digest::new(limbs).unwrap())
}

fn arb_header() -> impl Strategy<Value = Header> {
    let privacy = || prop_oneof![Just(Privacy::Public), Just(Privacy::Private)];
    let kind = prop_oneof![
        Just(Kind::Inference),
        Just(Kind::Accuracy),
        Just(Kind::WeightDelivery)
    ];
    (kind, privacy(), privacy(), privacy()).prop_map(|(kind, input, weights, output)| Header {
        kind,
        input,
        weights,
        output,
    })
}

prop_compose! {
    fn arb_statement()(
        header in arb_header(), circuit in arb_digest(), model in arb_digest(), input in arb_digest(),
        output in arb_digest(), result in prop::array::uniform3(arb_limb()), context in arb_digest(),
    ) -> Statement {
        let result = if header.output.is_private() { [0; 3] } else { result };
        Statement { header, circuit, model, input, output, result, context }
    }
}

proptest! {
    #[test]
    fn statement_survives_every_encoding(statement in arb_statement()) {
        prop_assert_eq!(Statement::from_words(&statement.to_words()), Ok(statement));
        prop_assert_eq!(Statement::from_inputs(&statement.to_inputs()), Ok(statement));
        prop_assert_eq!(Statement::from_model_words(statement.circuit, &statement.model_words()), Ok(statement));
        let json = serde_json::to_string(&statement).unwrap();
        prop_assert_eq!(serde_json::from_str::<Statement>(&json).unwrap(), statement);
    }

    #[test]
    fn digest_survives_bytes_and_text(digest in arb_digest()) {
        prop_assert_eq!(Digest::from_bytes32(&digest.to_bytes32()), Ok(digest));
        prop_assert_eq!(digest.to_string().parse(), Ok(digest));
    }

    #[test]
    fn input_survives_bytes(words in prop::array::uniform4(any::<u64>())) {
        let input = U256Words(words);
        prop_assert_eq!(U256Words::from_be_bytes(&input.to_be_bytes()), input);
    }

    #[test]
    fn limb_at_or_over_the_modulus_is_refused(
        digest in arb_digest(), limb in 0..4usize, got in MODULUS..=u64::MAX,
    ) {
        let mut limbs = digest.limbs();
        limbs[limb] = got;
        prop_assert_eq!(Digest::new(limbs), Err(StatementError::NonCanonicalLimb { limb, got }));
    }

    #[test]
    fn word_at_or_over_the_modulus_is_refused(
        statement in arb_statement(), word in 0..STATEMENT_WORDS, got in MODULUS..=u64::MAX,
    ) {
        let mut words = statement.to_words();
        words[word] = got;
        prop_assert_eq!(Statement::from_words(&words), Err(StatementError::NonCanonicalWord { word, got }));
    }

    #[test]
    fn every_word_changes_exactly_its_input(
        statement in arb_statement(), word in 0..STATEMENT_WORDS,
    ) {
        let mut words = statement.to_words();
        words[word] = (words[word] + 1) % MODULUS;
        let Ok(other) = Statement::from_words(&words) else { return Ok(()) };
        let (before, after) = (statement.to_inputs(), other.to_inputs());
        for k in 0..GROTH16_INPUTS {
            prop_assert_eq!(before[k] != after[k], k == word / WORDS_PER_INPUT);
        }
    }

    #[test]
    fn any_header_word_is_refused_or_survives(word in any::<u64>(), low in 0..1u64 << 20) {
        for word in [word, low] {
            if let Ok(header) = Header::from_word(word) {
                prop_assert_eq!(header.to_word(), word);
            }
        }
    }

    #[test]
    fn lanes_survive_packing(values in prop::collection::vec(any::<i8>(), 0..40)) {
        let wide = values.iter().map(|&value| i64::from(value)).collect::<Vec<_>>();
        for lane in [Lane::Int8, Lane::Int16, Lane::Int32] {
            let packed = lane.pack(&wide).unwrap();
            prop_assert!(packed.iter().all(|&word| word < 1 << 56));
            prop_assert_eq!(lane.unpack(&packed, wide.len()).unwrap(), wide.clone());
        }
    }
}

#[test]
fn lane_edges_pack_and_one_beyond_is_refused() {
    for lane in [Lane::Int8, Lane::Int16, Lane::Int32] {
        let edges = vec![lane.min(), lane.max(), 0, -1];
        assert_eq!(lane.unpack(&lane.pack(&edges).unwrap(), 4).unwrap(), edges);
        for got in [lane.min() - 1, lane.max() + 1, i64::MIN, i64::MAX] {
            let expected = StatementError::LaneOutOfRange {
                index: 1,
                got,
                min: lane.min(),
                max: lane.max(),
            };
            assert_eq!(lane.pack(&[0, got]), Err(expected));
        }
    }
}

#[test]
fn bits_beyond_the_lanes_are_refused() {
    assert_eq!(
        Lane::Int8.unpack(&[1 << 16], 2),
        Err(StatementError::BadPacking { element: 0 })
    );
    assert_eq!(
        Lane::Int8.unpack(&[0, 1 << 56], 14),
        Err(StatementError::BadPacking { element: 1 })
    );
    assert_eq!(
        Lane::Int8.unpack(&[0, 0], 7),
        Err(StatementError::BadPacking { element: 2 })
    );
}

#[test]
fn header_refusals_name_the_fault() {
    let good = Header::inference(Privacy::Public, Privacy::Private, Privacy::Public).to_word();
    assert_eq!(good, 0x2_0101);
    let cases = [
        (
            good + 1,
            StatementError::UnknownVersion {
                expected: 1,
                got: 2,
            },
        ),
        (
            good & !0xff,
            StatementError::UnknownVersion {
                expected: 1,
                got: 0,
            },
        ),
        (good & !0xff00, StatementError::UnknownKind { got: 0 }),
        (good | 0xff00, StatementError::UnknownKind { got: 255 }),
        (
            good | 1 << 19,
            StatementError::UnknownHeaderBits {
                got: good | 1 << 19,
            },
        ),
    ];
    for (word, expected) in cases {
        assert_eq!(Header::from_word(word), Err(expected));
    }
}

#[test]
fn private_output_shows_no_result() {
    let header = Header::inference(Privacy::Public, Privacy::Public, Privacy::Private);
    let mut words = [0; STATEMENT_WORDS];
    words[0] = header.to_word();
    words[18] = 7;
    let expected = StatementError::ResultOfPrivateOutput { word: 1, got: 7 };
    assert_eq!(Statement::from_words(&words), Err(expected));
}

#[test]
fn wide_groth16_input_is_refused() {
    let mut inputs = [U256Words::default(); GROTH16_INPUTS];
    inputs[5].0[3] = 1;
    assert_eq!(
        Statement::from_inputs(&inputs),
        Err(StatementError::InputTooWide { input: 5 })
    );
}

#[test]
fn text_that_is_not_bytes32_is_refused() {
    for text in [
        "",
        "0x",
        "00",
        &"0".repeat(64),
        &format!("0x{}", "0".repeat(63)),
        &format!("0x{}", "g".repeat(64)),
    ] {
        assert!(
            matches!(
                text.parse::<Digest>(),
                Err(StatementError::NotBytes32 { .. })
            ),
            "{text}"
        );
    }
}

#[test]
fn tags_are_distinct_field_elements() {
    let mut all = vec![
        tags::MODEL,
        tags::OUTPUT_SALT,
        tags::CIRCUIT,
        tags::CHALLENGE,
    ];
    for lane in [Lane::Int8, Lane::Int16, Lane::Int32] {
        all.extend([tags::input(lane), tags::output(lane)]);
    }
    assert!(all.iter().all(|&tag| tag < MODULUS));
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}
