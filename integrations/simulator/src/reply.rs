//! Writes to a customer what a friendly salesperson could write: it promises nothing, asks one
//! question and keeps to the length that was asked for.

use crate::facts::Facts;
use crate::signs::Topic;

/// A mail of a few paragraphs in plain text.
pub(crate) fn email(facts: &Facts) -> String {
    let (least, most) = facts.words;
    let opening = vec![greeting(facts), thanks(facts)];
    let ending = vec![closing(facts), signature(facts)];
    let fixed = count(&opening) + count(&ending);
    let mut middle: Vec<String> = Vec::new();
    let topics = facts.topics.iter().map(|topic| about(*topic, facts));
    let topics: Vec<String> = if facts.opted_out {
        Vec::new()
    } else {
        topics.collect()
    };
    for paragraph in topics {
        if fixed + count(&middle) + count(std::slice::from_ref(&paragraph)) <= most {
            middle.push(paragraph);
        }
    }
    for paragraph in fillers(facts) {
        if fixed + count(&middle) < least {
            middle.push(paragraph);
        }
    }
    [opening, middle, ending].concat().join("\n\n")
}

fn count(paragraphs: &[String]) -> usize {
    paragraphs
        .iter()
        .map(|paragraph| paragraph.split_whitespace().count())
        .sum()
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
    let nobody = if facts.spanish {
        "el concesionario"
    } else {
        "the dealership"
    };
    let house = facts.dealership.as_deref().unwrap_or(nobody);
    if facts.spanish {
        format!("Hola{name}, le escribe {house} por el {vehicle}. ¿A qué hora podemos llamarle?")
    } else {
        format!("Hi{name}, it's {house} about the {vehicle}. What time is good for a quick call?")
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
        (_, Some(house), false) if facts.missed_call => format!("We missed your call at {house}"),
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
        None => said(facts, "Hello,", "Hola,"),
    }
}

fn thanks(facts: &Facts) -> String {
    if facts.missed_call {
        return said(
            facts,
            "I am sorry that we missed your call.",
            "Lamentamos no haber podido atender su llamada.",
        );
    }
    let vehicle = match (&facts.vehicle, facts.spanish) {
        (Some(vehicle), false) => format!("the {vehicle}"),
        (Some(vehicle), true) => format!("el {vehicle}"),
        (None, false) => "our vehicles".to_owned(),
        (None, true) => "nuestros vehículos".to_owned(),
    };
    if facts.spanish {
        return format!("Gracias por su interés en {vehicle}.");
    }
    let lead = [
        "Thank you for your interest in",
        "Thanks for reaching out about",
    ];
    format!("{} {vehicle}.", facts.pick(1, &lead))
}

fn about(topic: Topic, facts: &Facts) -> String {
    match topic {
        Topic::Price => said(
            facts,
            "You asked about the price: a colleague will confirm it to you in writing, with everything that belongs to it.",
            "Sobre el precio: un colega se lo confirmará por escrito, con todos los detalles.",
        ),
        Topic::Trade if facts.spanish => {
            "Un colega valorará también su vehículo actual; ayudan el kilometraje y unas fotos."
                .to_owned()
        }
        Topic::Trade => {
            let trade = facts.trade.as_deref().unwrap_or("trade-in");
            format!(
                "A colleague will look at your {trade} with you; its mileage and a few photos help us to prepare."
            )
        }
        Topic::TestDrive => said(
            facts,
            "A test drive is the best way to find out whether it suits you, and we will gladly prepare one.",
            "Una prueba de manejo es la mejor forma de conocerlo, y la prepararemos con gusto.",
        ),
        Topic::Finance => said(
            facts,
            "For the payments, a colleague from our finance team will go through the options with you.",
            "Para los pagos, un colega de financiamiento revisará las opciones con usted.",
        ),
        Topic::Availability => said(
            facts,
            "Whether it is still here, a colleague is checking and will confirm to you in person.",
            "Un colega está verificando si sigue aquí y se lo confirmará personalmente.",
        ),
        Topic::Service => said(
            facts,
            "Our service team will find a time for your visit and tell you what to bring along.",
            "Nuestro equipo de servicio encontrará una hora para su visita.",
        ),
    }
}

/// What can be said of any request, for a reply that would be too short.
fn fillers(facts: &Facts) -> Vec<String> {
    if facts.opted_out {
        return vec![said(
            facts,
            "We have noted that you do not want to hear from us, and will leave it at that.",
            "Hemos anotado que no desea recibir más mensajes nuestros.",
        )];
    }
    vec![
        said(
            facts,
            "Your message is with our team now, and one of us will look after it from here on, so that you do not have to explain anything twice.",
            "Su mensaje ya está con nuestro equipo, y uno de nosotros se ocupará de él para que no tenga que explicar nada dos veces.",
        ),
        said(
            facts,
            "If there is anything that matters to you especially, simply answer this mail; it comes straight to us, and we read every word.",
            "Si hay algo que le importe especialmente, responda a este correo; nos llega directamente y leemos cada palabra.",
        ),
    ]
}

/// The one question, unless nobody wants to be asked.
fn closing(facts: &Facts) -> String {
    if facts.opted_out {
        return said(facts, "All the best to you.", "Le deseamos lo mejor.");
    }
    if facts.spanish {
        return "¿Cuándo le viene bien una llamada breve?".to_owned();
    }
    if facts.missed_call {
        return "What would be a good time to call you back?".to_owned();
    }
    let close = [
        "When would a short call suit you?",
        "What day would be good for a visit?",
        "What time works best for a short call?",
    ];
    facts.pick(2, &close).to_owned()
}

/// The signature as it was given, or what can be made of the dealership's name.
fn signature(facts: &Facts) -> String {
    let bye = said(facts, "Best regards,", "Saludos cordiales,");
    let team = said(facts, "Your sales team", "Su equipo de ventas");
    match (&facts.signature, &facts.dealership) {
        (Some(signature), _) => format!("{bye}\n{signature}"),
        (None, Some(house)) => format!("{bye}\n{team}\n{house}"),
        (None, None) => format!("{bye}\n{team}"),
    }
}
