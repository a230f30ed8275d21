use super::*;
use serde_json::json;

fn scope() -> Scope {
    let Value::Object(values) = json!({
        "trigger": {"email": "ann@example.com", "count": 3, "price": 1.5, "tags": ["a", "b"], "none": null},
        "steps": {
            "lead": {"status": "succeeded", "error": null,
                "output": {"phone": "+12125550100", "items": [{"n": 1}, {"n": 2}], "ok": true}},
            "skipped": {"status": "skipped", "output": null, "error": null}
        },
        "execution": {"id": "x", "started_at": "2026-11-21T10:00:00.000000Z"},
        "tenant": {"id": "t", "name": "Acme", "slug": "acme", "time_zone": "America/New_York"},
        "parameters": {"sender": "Acme Motors"}
    }) else {
        unreachable!()
    };
    Scope::from_values(values)
}

fn value(expression: Value) -> Result<Value, String> {
    resolve(&expression, &scope()).map_err(|error| error.message)
}

#[test]
fn a_reference_keeps_the_type_and_gives_null_where_nothing_is() {
    assert_eq!(value(json!({"$ref": "trigger.count"})), Ok(json!(3)));
    assert_eq!(
        value(json!({"$ref": "steps.lead.output.items[1].n"})),
        Ok(json!(2))
    );
    assert_eq!(
        value(json!({"$ref": "steps.lead.output.items.0"})),
        Ok(json!({"n": 1}))
    );
    assert_eq!(
        value(json!({"$ref": "steps.skipped.output.phone"})),
        Ok(Value::Null)
    );
    assert_eq!(value(json!({"$ref": "trigger.tags.7"})), Ok(Value::Null));
}

#[test]
fn a_reference_to_nowhere_is_refused() {
    for path in [
        "",
        "lead.phone",
        "steps.lead.result",
        "trigger..a",
        "trigger.a[x]",
        "trigger.a[0",
    ] {
        assert!(check(Expression::Ref(path)).is_err(), "{path}");
    }
}

#[test]
fn cel_computes_over_whole_numbers_texts_and_lists() {
    let cases = [
        ("trigger.count > 2 && trigger.price < 2.0", json!(true)),
        ("trigger.count + 1", json!(4)),
        ("steps.lead.output.items.map(i, i.n * 2)", json!([2, 4])),
        ("steps.lead.output.items.exists(i, i.n == 2)", json!(true)),
        ("has(trigger.missing) ? 1 : 2", json!(2)),
        ("trigger.email.endsWith('example.com')", json!(true)),
        ("trigger.email.matches('^[a-z]+@')", json!(true)),
        ("steps.skipped.output == null", json!(true)),
        (
            "{'a': trigger.count, 'b': [1, 2]}",
            json!({"a": 3, "b": [1, 2]}),
        ),
        (
            "timestamp(execution.started_at) < timestamp('2027-01-01T00:00:00Z')",
            json!(true),
        ),
        ("string(trigger.count) + '!'", json!("3!")),
        ("size(trigger.tags)", json!(2)),
        ("trigger.email.upperAscii()", json!("ANN@EXAMPLE.COM")),
    ];
    for (source, expected) in cases {
        assert_eq!(value(json!({"$cel": source})), Ok(expected), "{source}");
    }
}

#[test]
fn why_cel_does_not_compile_is_said_in_words() {
    let fault = |source: &str| super::computed::references(source).unwrap_err();
    assert_eq!(
        fault("  "),
        "write a formula, for example trigger.amount > 1000"
    );
    let cut_off = fault("trigger.amount >");
    assert!(cut_off.starts_with("line 1, character "), "{cut_off}");
    assert!(!cut_off.contains("expecting"), "{cut_off}");
}

#[test]
fn cel_that_does_not_compile_or_refers_to_nowhere_is_refused() {
    for source in [
        "1 +",
        "",
        "lead.phone",
        "steps.lead.result",
        "trigger.a ==",
        "nobody > 3",
    ] {
        assert!(check(Expression::Cel(source)).is_err(), "{source}");
    }
    assert!(value(json!({"$cel": "trigger.missing.deeper"})).is_err());
    assert!(value(json!({"$cel": "1 / 0"})).is_err());
}

#[test]
fn references_of_every_kind_are_found() {
    let steps = |expression| -> Vec<String> {
        let mut steps: Vec<_> = check(expression)
            .unwrap()
            .iter()
            .filter_map(|r| r.step().map(str::to_owned))
            .collect();
        steps.sort();
        steps
    };
    assert_eq!(
        steps(Expression::Cel(
            "steps.a.output.list.filter(x, x.n > steps.b.output.n).size() > 0"
        )),
        ["a", "b"]
    );
    assert_eq!(
        steps(Expression::Template(
            "{% for i in steps.a.output.list %}{{ i.n }}{% endfor %}{{ steps.b.output }}"
        )),
        ["a", "b"]
    );
    assert_eq!(steps(Expression::Ref("steps.c.output.x")), ["c"]);
}

#[test]
fn a_template_writes_text_and_is_strict() {
    let cases = [
        (
            "Hi {{ trigger.email }}, {{ parameters.sender }}",
            "Hi ann@example.com, Acme Motors",
        ),
        (
            "{{ trigger.none }}|{{ trigger.tags | join(', ') }}",
            "|a, b",
        ),
        (
            "{% for i in steps.lead.output.items %}{{ loop.index }}:{{ i.n }} {% endfor %}",
            "1:1 2:2 ",
        ),
        (
            "{% if steps.lead.output.ok %}yes{% else %}no{% endif %}",
            "yes",
        ),
        (
            "{{ trigger.email | upper | replace('ANN', 'BOB') }}",
            "BOB@EXAMPLE.COM",
        ),
        ("{{ steps.lead.output.items[0] | tojson }}", "{\"n\":1}"),
        ("{{ trigger.missing | default('none') }}", "none"),
        (
            "Hello{% if trigger.missing | known %} {{ trigger.missing }}{% endif %}, {{ trigger.email | known }}",
            "Hello, ann@example.com",
        ),
        (
            "{% if 'null null' | known %}a{% endif %}{% if 'N/A' | known %}b{% endif %}",
            "",
        ),
        ("a < b & {{ '<' }}", "a < b & <"),
    ];
    for (source, expected) in cases {
        assert_eq!(
            value(json!({"$tpl": source})),
            Ok(json!(expected)),
            "{source}"
        );
    }
    assert!(value(json!({"$tpl": "{{ trigger.missing }}"})).is_err());
    assert!(value(json!({"$tpl": "{{ steps.lead.output.items.foo.bar }}"})).is_err());
    for source in [
        "{{",
        "{% if %}",
        "{{ unknown.x }}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{%- macro m() %}{% endmacro %}",
    ] {
        assert!(check(Expression::Template(source)).is_err(), "{source}");
    }
}

#[test]
fn a_greedy_expression_is_stopped() {
    let long: Vec<u32> = (0..20_000).collect();
    let Value::Object(values) = json!({"trigger": {"list": long, "text": "x".repeat(300_000)}})
    else {
        unreachable!()
    };
    let scope = Scope::from_values(values);
    for expression in [
        json!({"$cel": "trigger.list.map(a, trigger.list.map(b, a * b))"}),
        json!({"$cel": "trigger.list.map(a, trigger.list)"}),
        json!({"$tpl": "{% for a in trigger.list %}{% for b in trigger.list %}{{ a }}{% endfor %}{% endfor %}"}),
        json!({"$tpl": "{% for a in trigger.list %}{{ trigger.text }}{% endfor %}"}),
        json!({"$tpl": "{{ trigger.text | replace('x', trigger.text) }}"}),
        json!({"$tpl": "{{ trigger.list | join(trigger.text) }}"}),
        json!({"$tpl": "{{ 'x' * 1000000000 }}"}),
        json!({"$tpl": "{{ trigger.text ~ trigger.text".to_owned() + &" ~ trigger.text".repeat(500) + " }}"}),
    ] {
        assert!(resolve(&expression, &scope).is_err(), "{expression}");
    }
    let deep = "(".repeat(5_000) + "1" + &")".repeat(5_000);
    assert!(check(Expression::Cel(&deep)).is_err());
}

#[test]
fn cel_that_brings_its_own_lists_is_stopped_before_it_runs() {
    let digits = "[0,1,2,3,4,5,6,7,8,9]";
    let nested = (0..12).fold("1".to_owned(), |inner, n| {
        format!("{digits}.map(v{n}, {inner})")
    });
    let letters = "a,".repeat(1_500);
    let doubled = |start: &str| start.to_owned() + &".map(a, a + a)".repeat(40);
    for source in [
        nested,
        doubled("['x']"),
        doubled("[['x']]"),
        format!(
            "'{letters}'.split(',').map(a, '{letters}'.split(',').map(b, '{letters}'.split(',')))"
        ),
        format!("'{letters}'.replace('a', '{letters}').replace('a', '{letters}')"),
        "'a'.matches('((((a{100}){100}){100}){100})')".to_owned(),
        format!(
            "[{}].map(p, 'a'.matches('\\\\pL{{500}}'))",
            "1,".repeat(999) + "1"
        ),
        format!(
            "[{}].map(p, '%s%s'.format([p, p])).join('{letters}')",
            "1,".repeat(3_000) + "1"
        ),
    ] {
        let began = std::time::Instant::now();
        let refused = value(json!({"$cel": source.as_str()}));
        assert!(refused.is_err(), "{source:.80}");
        assert!(began.elapsed().as_secs() < 20, "{source:.80}");
    }
}

#[test]
fn a_long_chain_does_not_overflow_the_stack() {
    let sum = |terms: usize| "1".to_owned() + &"+1".repeat(terms);
    let most = sum(90);
    let small_stack = std::thread::Builder::new().stack_size(1 << 20);
    let done = small_stack
        .spawn(move || value(json!({"$cel": most})))
        .unwrap();
    assert_eq!(done.join().unwrap(), Ok(json!(91)));
    for source in [
        sum(200),
        sum(7_000),
        "trigger".to_owned() + &".a".repeat(5_000),
        "trigger".to_owned() + &"[0]".repeat(900),
        "'a'".to_owned() + &".trim()".repeat(450),
        "1".to_owned() + &" in [1]".repeat(450),
        "true ? 1 : ".repeat(900) + "1",
        "1".to_owned() + &"<1".repeat(900),
    ] {
        assert!(check(Expression::Cel(&source)).is_err(), "{source:.60}");
    }
}

#[test]
fn a_template_neither_overflows_the_stack_nor_breaks_its_run_off() {
    for chain in [
        "-".repeat(8_000) + "1",
        "1".to_owned() + &"+1".repeat(4_000),
        "'}}'".to_owned() + &"[0]".repeat(4_000),
    ] {
        let source = format!("{{{{ {chain} }}}}");
        assert!(
            check(Expression::Template(&source)).is_err(),
            "{source:.60}"
        );
    }
    let prose = format!(
        "{}{{{{ trigger.count }}}}",
        "<p>A - b. (c)</p>\n".repeat(500)
    );
    assert!(value(json!({"$tpl": prose})).is_ok());
    let divides_by_nothing = "{% for tag in trigger.tags %}{{ loop.cycle() }}{% endfor %}";
    assert!(value(json!({"$tpl": divides_by_nothing})).is_err());
}

#[test]
fn one_large_value_written_many_times_is_stopped() {
    let Value::Object(values) = json!({"trigger": {"text": "x".repeat(900_000)}}) else {
        unreachable!()
    };
    let scope = Scope::from_values(values);
    for expression in [
        json!({"$ref": "trigger.text"}),
        json!({"$tpl": "{{ trigger.text }}"}),
    ] {
        assert!(resolve(&json!([expression, expression]), &scope).is_ok());
        let many = vec![expression; 20_000];
        assert!(resolve(&json!({ "values": many }), &scope).is_err());
    }
}

#[test]
fn cel_over_a_long_list_of_records_is_not_refused() {
    let items: Vec<Value> = (0..2_000)
        .map(|n| json!({"id": n, "name": format!("Vehicle {n}"), "note": "x".repeat(100)}))
        .collect();
    let Value::Object(values) = json!({"trigger": {"items": items, "wanted": [1, 2, 3]}}) else {
        unreachable!()
    };
    let scope = Scope::from_values(values);
    for source in [
        "trigger.items.filter(i, i.id in trigger.wanted).map(i, i.name).join(', ')",
        "trigger.items.filter(i, i.name.contains('19')).filter(i, i.id > 3).map(i, i.id)",
        "trigger.items.exists(i, i.note.startsWith('y') || i.name == 'Vehicle 7')",
        "trigger.items.map(i, {'id': i.id, 'label': i.name + ' ' + i.note}).size()",
        "trigger.wanted.map(w, trigger.items.filter(i, i.id == w)[0].name)",
    ] {
        let done = resolve(&json!({"$cel": source}), &scope);
        assert!(done.is_ok(), "{source}: {done:?}");
    }
}

#[test]
fn expressions_are_found_and_resolved_anywhere_in_a_configuration() {
    let config = json!({
        "a/b": [{"$ref": "trigger.count"}, 1],
        "schema": {"$ref": "#/$defs/x"},
        "bad": {"$cel": 5},
        "two": {"$ref": "trigger.a", "x": 1}
    });
    let found = find(&config);
    let places: Vec<_> = found
        .iter()
        .map(|f| (f.pointer.as_str(), f.expression.is_ok()))
        .collect();
    assert_eq!(
        places,
        [("/a~1b/0", true), ("/bad", false), ("/two", false)]
    );
    let good = json!({"a": [{"$ref": "trigger.count"}], "schema": {"$ref": "#/$defs/x"}});
    assert_eq!(
        value(good),
        Ok(json!({"a": [3], "schema": {"$ref": "#/$defs/x"}}))
    );
    let error = resolve(&json!({"a": [{"$cel": "1 / 0"}]}), &scope()).unwrap_err();
    assert_eq!(error.pointer, "/a/0");
}

#[test]
fn what_is_sliced_is_seen_too() {
    let cut = json!({"$tpl": "{{ trigger.email[:3] }}"});
    assert_eq!(resolve(&cut, &scope()).unwrap(), json!("ann"));
}

#[test]
fn a_filter_that_is_not_there_is_found_before_anything_is_rendered() {
    for (text, good) in [
        ("{{ trigger.name | upper }}", true),
        ("{{ trigger.name|default('a | truncate') }}", true),
        ("a | truncate {% if trigger.a | length %}x{% endif %}", true),
        ("{{ trigger.name | truncate }}", false),
        ("{% if trigger.a | no_such %}x{% endif %}", false),
    ] {
        let found = template::references(text);
        assert_eq!(found.is_ok(), good, "{text}: {found:?}");
    }
}
