use super::*;
use serde_json::json;

fn seen(trigger: Value) -> Scope {
    let mut values = Map::new();
    values.insert("trigger".to_owned(), trigger);
    Scope::from_values(values)
}

/// Each of these kept a thread busy for seconds; it is refused after little work.
#[test]
fn the_worst_expressions_are_refused_before_they_cost_much() {
    let many = seen(json!({"a": vec![1; 330_000]}));
    let big = "abc def ".repeat(110_000);
    let looped = seen(json!({"l": vec![1; 200], "big": big}));
    let triggers = |times: usize| format!("[{}]", vec!["trigger"; times].join(","));
    let cases = [
        (&many, json!({ "$cel": triggers(150) })),
        (&many, json!({ "$cel": triggers(900) })),
        (
            &many,
            json!({"$cel": "trigger.a.map(x, trigger.a.map(y, trigger.a))"}),
        ),
        (
            &looped,
            json!({"$tpl": "{% for i in trigger.l %}{{ trigger.big|title|length }}{% endfor %}"}),
        ),
        (
            &looped,
            json!({"$tpl": "{{ trigger.big|title|title|title|title|title|title|length }}"}),
        ),
        (
            &looped,
            json!({"$tpl": "{% for i in trigger.l %}{{ (trigger.big ~ trigger.big)|length }}{% endfor %}"}),
        ),
        (
            &looped,
            json!({"$tpl": "{% for i in trigger.l %}{{ trigger.big|list|sort|unique|length }}{% endfor %}"}),
        ),
        (
            &looped,
            json!({"$tpl": "{% for i in trigger.l %}{% if trigger.big|split('a')|last == 'x' %}{% endif %}{% endfor %}"}),
        ),
    ];
    for (scope, expression) in cases {
        let began = std::time::Instant::now();
        let refused = resolve(&expression, scope);
        assert!(refused.is_err(), "{expression:.80}");
        assert!(began.elapsed().as_secs() < 5, "{expression:.80}");
    }
}

#[test]
fn every_filter_is_charged_for_what_it_is_given() {
    let scope = seen(
        json!({"text": "ab ".repeat(300_000), "list": vec!["x"; 300_000],
        "times": vec![1; 2_000]}),
    );
    for filter in filters::names() {
        for value in ["text", "list"] {
            let source = format!(
                "{{% for i in trigger.times %}}{{% if trigger.{value}|{filter} %}}{{% endif %}}{{% endfor %}}"
            );
            let began = std::time::Instant::now();
            // Most filters refuse one of the two by its type; none may take 2,000 of them.
            let rendered = resolve(&json!({ "$tpl": source }), &scope);
            assert!(rendered.is_err(), "{filter} of a {value}");
            assert!(began.elapsed().as_secs() < 5, "{filter} of a {value}");
        }
    }
}

#[test]
fn long_chains_of_words_are_refused_as_long_chains_of_signs_are() {
    for chain in [
        "not ",
        "trigger.count and ",
        "trigger.count or ",
        "1 if 1 else ",
    ] {
        let source = format!("{{{{ {}trigger.count }}}}", chain.repeat(1_100));
        assert!(check(Expression::Template(&source)).is_err(), "{chain}");
    }
}

#[test]
fn matching_costs_states_times_bytes_and_counting_characters_costs_bytes() {
    let text = "ab".repeat(450_000);
    let entries: Vec<u32> = (0..1_100).collect();
    let scope = seen(
        json!({"t": text, "l": entries, "short": "ab".repeat(3_500), "mail": "ann@acme.example"}),
    );
    let view = View::from(&scope);
    let within = |cel: &str, limits: &Limits| {
        resolve_within(&json!({"$cel": cel}), &view, &[], limits).is_ok()
    };
    for cel in [
        "trigger.l.map(x, trigger.l.map(y, size(trigger.t))).size()",
        "trigger.t.matches('a(?:a|b){3300}[^ab]')",
    ] {
        assert!(!within(cel, &Limits::FULL), "{cel}");
    }
    let wide = "trigger.short.matches('a(?:a|b){40}[^ab]')";
    assert!(!within(wide, &Limits::LIGHT) && within(wide, &Limits::FULL));
    for cel in [
        "trigger.mail.matches('^[^@]+@[a-z.]+$')",
        "size(trigger.mail) > 3 && trigger.mail.size() < 100",
    ] {
        assert!(within(cel, &Limits::LIGHT), "{cel}");
    }
}

#[test]
fn an_expression_sees_only_what_it_names() {
    let large: Vec<u32> = (0..100_000).collect();
    let scope =
        seen(json!({"amount": 3, "inner": {"name": "Ann", "large": large}, "large": large}));
    let view = View::from(&scope);
    for expression in [
        json!({"$cel": "trigger.amount > 2"}),
        json!({"$tpl": "{{ trigger.inner.name }} {{ trigger.inner.name }}"}),
    ] {
        let light = resolve_within(&expression, &view, &[], &Limits::LIGHT);
        assert!(light.is_ok(), "{expression}: {light:?}");
    }
    let heavy = json!({"$cel": "size(trigger.large)"});
    assert!(resolve_within(&heavy, &view, &[], &Limits::LIGHT).is_err());
    assert_eq!(resolve(&heavy, &scope), Ok(json!(100_000)));
}

#[test]
fn the_spelling_of_a_number_decides_nothing() {
    let scope = seen(
        json!({"amount": 100, "half": 100.5, "year": 2025.0, "phone": 6_502_530_000.0,
        "list": [1.0, 2.5], "miles": 42e3}),
    );
    let cases = [
        ("trigger.amount * 0.9", json!(90)),
        ("trigger.half * 0.9", json!(90.45)),
        ("trigger.half * 2", json!(201)),
        ("25 / 2", json!(12.5)),
        ("24 / 2", json!(12)),
        ("7 % 2.5", json!(2)),
        ("1 + 0.5 - 2", json!(-0.5)),
        ("trigger.amount == 100.0 && trigger.half > 100", json!(true)),
        ("trigger.year == 2025", json!(true)),
        ("string(trigger.year)", json!("2025")),
        ("trigger.list.map(x, x * 2)", json!([2, 5])),
        ("[1, 2, 3].map(x, x + 0.5)", json!([1.5, 2.5, 3.5])),
        ("trigger.list[4 / 2 - 1]", json!(2.5)),
        ("'a' + 'b'", json!("ab")),
        ("[1] + [2]", json!([1, 2])),
        ("9007199254740993 + 0", json!(9_007_199_254_740_993_i64)),
    ];
    for (source, expected) in cases {
        let given = resolve(&json!({"$cel": source}), &scope).map(|value| value.to_string());
        assert_eq!(given, Ok(expected.to_string()), "{source}");
    }
    for source in [
        "1 / 0", "1.0 / 0", "1 / 0.0", "5 % 0", "5.5 % 0", "'a' + 1", "'a' * 2",
    ] {
        assert!(
            resolve(&json!({"$cel": source}), &scope).is_err(),
            "{source}"
        );
    }
    let written = "{{ trigger.year }} {{ trigger.phone }} {{ trigger.miles }} {{ trigger.half }}";
    assert_eq!(
        resolve(&json!({"$tpl": written}), &scope),
        Ok(json!("2025 6502530000 42000 100.5"))
    );
}

#[test]
fn templates_write_the_words_of_json() {
    let scope = seen(
        json!({"yes": true, "none": null, "mixed": [true, null, 2.0, "x"], "o": {"a": false}}),
    );
    let cases = [
        ("{{ trigger.yes }}/{{ trigger.none }}", "true/"),
        ("{{ trigger.mixed }}", "[true,null,2,\"x\"]"),
        ("{{ trigger.o }}", "{\"a\":false}"),
        ("{{ trigger.mixed|join('-') }}", "true--2-x"),
        ("{{ not trigger.yes }}", "false"),
        ("{{ trigger.yes|string ~ '!' }}", "true!"),
    ];
    for (source, expected) in cases {
        assert_eq!(
            resolve(&json!({"$tpl": source}), &scope),
            Ok(json!(expected)),
            "{source}"
        );
    }
}

#[test]
fn what_is_written_into_html_is_escaped() {
    let comment = "</p><a href=\"https://evil.example\">sign in</a>";
    let scope = seen(json!({ "comment": comment }));
    let config = json!({
        "html": {"$tpl": "<p>{{ trigger.comment }}</p>"},
        "text": {"$tpl": "<p>{{ trigger.comment }}</p>"},
        "parts": [{"html": {"$tpl": "{{ trigger.comment ~ '<b>' }}"}}],
    });
    let places = ["/html".to_owned(), "/parts/*/html".to_owned()];
    let resolved = resolve_within(&config, &View::from(&scope), &places, &Limits::FULL).unwrap();
    let text = |pointer: &str| resolved.pointer(pointer).and_then(Value::as_str).unwrap();
    assert!(text("/html").starts_with("<p>&lt;"), "{resolved}");
    assert!(!text("/html").contains("<a"), "{resolved}");
    assert!(text("/parts/0/html").ends_with("&lt;b&gt;"), "{resolved}");
    assert_eq!(text("/text"), format!("<p>{comment}</p>"));
    for lifted in [
        "{{ trigger.comment|safe }}",
        "{% autoescape false %}{% endautoescape %}",
    ] {
        assert!(check(Expression::Template(lifted)).is_err(), "{lifted}");
    }
}
