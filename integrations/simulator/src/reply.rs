//! Writes to a customer what a friendly salesperson could write, promising nothing.

use crate::facts::{Facts, Topic};

/// A mail of a few paragraphs in plain text.
pub(crate) fn email(facts: &Facts) -> String {
    let mut paragraphs = vec![greeting(facts), thanks(facts)];
    if facts.opted_out {
        paragraphs.push(said(
            facts,
            "We will not contact you again about this. If you change your mind, we are here.",
            "No volveremos a contactarle por este motivo. Si cambia de opinión, aquí estamos.",
        ));
    } else {
        paragraphs.extend(facts.topics.iter().map(|topic| about(*topic, facts)));
        if facts.topics.is_empty() {
            paragraphs.push(said(
                facts,
                "What matters most to you in your next vehicle? I am happy to answer any question.",
                "¿Qué es lo más importante para usted? Con gusto responderé cualquier pregunta.",
            ));
        }
        paragraphs.push(closing(facts));
    }
    paragraphs.push(signature(facts));
    paragraphs.join("\n\n")
}

/// The same in one text message.
pub(crate) fn sms(facts: &Facts) -> String {
    let name = facts
        .first_name
        .as_deref()
        .map_or(String::new(), |name| format!(" {name}"));
    let vehicle = facts.vehicle_or(if facts.spanish {
        "vehículo"
    } else {
        "vehicle"
    });
    let house = facts.dealership.as_deref().unwrap_or(if facts.spanish {
        "el concesionario"
    } else {
        "the dealership"
    });
    if facts.spanish {
        format!(
            "Hola{name}, le escribe {house} por el {vehicle}. ¿A qué hora podemos llamarle hoy?"
        )
    } else {
        format!(
            "Hi{name}, it's {house} about the {vehicle}. What time today is good for a quick call?"
        )
    }
}

pub(crate) fn html(facts: &Facts) -> String {
    let text = email(facts)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let paragraphs = text
        .split("\n\n")
        .map(|p| format!("<p>{}</p>", p.replace('\n', "<br>")));
    paragraphs.collect()
}

pub(crate) fn subject(facts: &Facts) -> String {
    let house = facts.dealership.as_deref();
    match (&facts.vehicle, house, facts.spanish) {
        (Some(vehicle), Some(house), false) => format!("Your {vehicle} at {house}"),
        (Some(vehicle), None, false) => format!("Your question about the {vehicle}"),
        (None, Some(house), false) => format!("Your message to {house}"),
        (None, None, false) => "Your message to us".to_owned(),
        (Some(vehicle), _, true) => format!("Su consulta sobre el {vehicle}"),
        (None, _, true) => "Su consulta".to_owned(),
    }
}

fn said(facts: &Facts, english: &str, spanish: &str) -> String {
    if facts.spanish { spanish } else { english }.to_owned()
}

fn greeting(facts: &Facts) -> String {
    let hello = if facts.spanish {
        "Hola"
    } else {
        facts.pick(0, &["Hi", "Hello"])
    };
    match &facts.first_name {
        Some(name) => format!("{hello} {name},"),
        None => format!("{hello},"),
    }
}

fn thanks(facts: &Facts) -> String {
    let vehicle = match (&facts.vehicle, facts.spanish) {
        (Some(vehicle), false) => format!("the {vehicle}"),
        (Some(vehicle), true) => format!("el {vehicle}"),
        (None, false) => "our vehicles".to_owned(),
        (None, true) => "nuestros vehículos".to_owned(),
    };
    if facts.spanish {
        return format!("Gracias por su interés en {vehicle}.");
    }
    let lead = facts.pick(
        1,
        &[
            "Thank you for your interest in",
            "Thanks for reaching out about",
            "Thank you for asking about",
        ],
    );
    format!("{lead} {vehicle}.")
}

fn about(topic: Topic, facts: &Facts) -> String {
    let trade = match &facts.trade {
        Some(trade) => format!("your {trade}"),
        None => "your trade-in".to_owned(),
    };
    match topic {
        Topic::Price => said(
            facts,
            "You asked about the price: I will send you a written quote with every fee in it, so that you can compare it in peace.",
            "Sobre el precio: le enviaré una cotización por escrito con todos los cargos incluidos.",
        ),
        Topic::Trade if facts.spanish => {
            "También valoramos su vehículo actual: envíenos el kilometraje y unas fotos.".to_owned()
        }
        Topic::Trade => format!(
            "We would be glad to value {trade}. Send me its mileage and a few photos, and I can give you a figure before you come in."
        ),
        Topic::TestDrive => said(
            facts,
            "A test drive is easy to arrange: tell me a day and a time, and it will be ready at the door.",
            "Podemos preparar una prueba de manejo: díganos qué día y a qué hora le conviene.",
        ),
        Topic::Finance => said(
            facts,
            "For the payments, our finance team can show you a few options side by side, without obligation.",
            "Nuestro equipo de financiamiento puede mostrarle varias opciones sin compromiso.",
        ),
        Topic::Availability => said(
            facts,
            "I am checking on our lot whether it is still here and will confirm it to you in person.",
            "Estoy verificando si sigue disponible y se lo confirmaré personalmente.",
        ),
        Topic::Service => said(
            facts,
            "For your service visit, tell me which day suits you and what the car is doing, and I will book it.",
            "Para su cita de servicio, díganos qué día le conviene y qué le ocurre al vehículo.",
        ),
    }
}

fn closing(facts: &Facts) -> String {
    if facts.spanish {
        return "¿Cuándo le viene bien una llamada breve?".to_owned();
    }
    let close = [
        "When would a short call suit you?",
        "Would you rather talk on the phone or come by?",
        "What time today or tomorrow works best for you?",
    ];
    facts.pick(2, &close).to_owned()
}

fn signature(facts: &Facts) -> String {
    let bye = said(facts, "Best regards,", "Saludos cordiales,");
    let names = [facts.signature.as_deref(), facts.dealership.as_deref()];
    let names: Vec<&str> = names.into_iter().flatten().collect();
    let team = if facts.spanish {
        "Su equipo de ventas"
    } else {
        "Your sales team"
    };
    if names.is_empty() {
        format!("{bye}\n{team}")
    } else {
        format!("{bye}\n{}", names.join("\n"))
    }
}
