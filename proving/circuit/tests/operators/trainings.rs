//! Two trainings of one graph, from file to circuit: one identity.

use assay_circuit::ModelCircuit;
use assay_model::testing::onnx::bytes;
use assay_model::testing::trainings::{Case, Training, cases};
use assay_model::{FloatModel, quantize};
use assay_statement::{Header, Privacy};

/// Cases in which a number's sign, a zero or equal scales could decide most, one of each kind of graph.
const CASES: [&str; 8] = [
    "square times a number",
    r#"matrices then Mul ["v", "k"] of []"#,
    r#"x then Add ["x", "k"] of [3, 4]"#,
    "Conv and Clip",
    "gate of tanh, form 0",
    "attention, trained bias, own queries true",
    "QDQ, a sum between, second scale t",
    "TreeEnsembleRegressor",
];

#[test]
fn two_trainings_of_a_graph_have_one_circuit() {
    let cases = cases();
    let header = Header::inference(Privacy::Public, Privacy::Private, Privacy::Public);
    for name in CASES {
        let case = cases.iter().find(|case| case.name == name);
        let case = case.unwrap_or_else(|| panic!("no case `{name}`"));
        let circuit = |training| {
            let float = FloatModel::load(&bytes(&case.model(training))).unwrap();
            let model = quantize(&float, &Case::samples(&float)).unwrap();
            let circuit = ModelCircuit::build(model.architecture(), header).unwrap();
            let sections = model.committed_data().into_iter();
            let numbers: Vec<i64> = sections.flat_map(|part| part.values).collect();
            (circuit.data.verifier_only, numbers)
        };
        let [(first, numbers), (second, others)] =
            [Training::Random(1), Training::Negative(5)].map(circuit);
        assert_eq!(first, second, "{name}");
        assert_ne!(numbers, others, "{name}: the trainings are one");
    }
}
