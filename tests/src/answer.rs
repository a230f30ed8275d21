use reqwest::header::HeaderMap;
use serde_json::Value;

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Answer {
    pub(crate) async fn of(asked: String, response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap_or_default();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self {
            asked,
            status,
            headers,
            text,
            body,
        }
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub fn assert(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text);
        self
    }

    /// Fails the test unless this is a problem document with this status and code.
    #[track_caller]
    pub fn assert_problem(self, status: u16, code: &str) -> Self {
        let answer = self.assert(status);
        let content_type = answer.header("content-type");
        assert!(
            content_type.starts_with("application/problem+json"),
            "{}: {content_type}",
            answer.asked
        );
        assert_eq!(
            answer.body["code"], code,
            "{}: {}",
            answer.asked, answer.text
        );
        assert_eq!(answer.body["status"], status);
        assert_ne!(
            answer.body["request_id"].as_str().unwrap_or_default(),
            "",
            "{}",
            answer.text
        );
        answer
    }

    /// The pointers of a problem's faulty fields.
    pub fn pointers(&self) -> Vec<&str> {
        let errors = self.body["errors"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        errors
            .iter()
            .filter_map(|error| error["pointer"].as_str())
            .collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// A text field of the body.
    #[track_caller]
    pub fn text_of(&self, pointer: &str) -> String {
        let value = self.body.pointer(pointer).and_then(Value::as_str);
        value
            .unwrap_or_else(|| panic!("{} has no text at {pointer}: {}", self.asked, self.text))
            .to_owned()
    }

    /// The items of a list.
    #[track_caller]
    pub fn items(&self) -> &[Value] {
        self.body["items"]
            .as_array()
            .unwrap_or_else(|| panic!("{} is no list: {}", self.asked, self.text))
    }
}
