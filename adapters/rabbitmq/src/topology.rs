//! What we expect to find in the broker.

/// A queue, and the topics that it is bound to the exchange by. It is declared where it is missing: durable, classic.
/// One that exists is used as it is, whatever its arguments.
///
/// Whoever declares a queue must describe it alike: the publisher that makes it before its consumer was ever started,
/// and the consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub(crate) name: String,
    pub(crate) topics: Vec<String>,
    pub(crate) single_active_consumer: bool,
}

impl Queue {
    /// A queue as the originals declare theirs, without arguments. Without topics it is bound to nothing: others fill
    /// it, through the default exchange.
    pub fn plain(name: impl Into<String>, topics: &[&str]) -> Self {
        let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
        Queue { name: name.into(), topics, single_active_consumer: false }
    }

    /// A queue whose messages go to one consumer at a time, the next taking over where one ends
    /// (`x-single-active-consumer`): so their order holds over any number of replicas.
    pub fn in_order(name: impl Into<String>, topics: &[&str]) -> Self {
        Queue { single_active_consumer: true, ..Queue::plain(name, topics) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether what has that routing key comes into it by the topics that it is bound by.
    pub(crate) fn takes(&self, routing_key: &str) -> bool {
        let key: Vec<&str> = routing_key.split('.').collect();
        self.topics.iter().any(|topic| matches(&topic.split('.').collect::<Vec<_>>(), &key))
    }
}

/// Whether a topic matches a routing key, word by word: `*` stands for one word, `#` for any number (AMQP 0-9-1,
/// section 3.1.3.3). Topics are settings, of a few words.
fn matches(topic: &[&str], key: &[&str]) -> bool {
    match (topic.split_first(), key.split_first()) {
        (None, None) => true,
        (Some((&"#", rest)), None) => matches(rest, key),
        (Some((&"#", rest)), Some((_, later))) => matches(rest, key) || matches(topic, later),
        (Some((word, rest)), Some((first, later))) => (*word == "*" || word == first) && matches(rest, later),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

/// Where events are published, and the queues that must not miss any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublisherTopology {
    /// The durable topic exchange, declared where it is missing.
    pub exchange: String,
    /// The queues that are to take the events. An event that none of them takes by its topics is nobody's to read, and
    /// counts as published when the broker has it.
    pub queues: Vec<Queue>,
}

/// Where events come from, and where those go that can never be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTopology {
    /// The durable topic exchange, declared where it is missing and a queue is bound to it.
    pub exchange: String,
    /// The queues to consume from.
    pub queues: Vec<Queue>,
    /// The name of the queue of those that can never be applied.
    pub dead: String,
    /// How many messages of each queue may be in memory, delivered and not settled for good. At least 1.
    pub prefetch: u16,
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn a_queue_takes_what_its_topics_match() {
        let takes = |topic: &str, key: &str| Queue::plain("q", &[topic]).takes(key);
        for (topic, key) in [
            ("auth.UserLoggedIn", "auth.UserLoggedIn"),
            ("auth.#", "auth.UserLoggedIn"),
            ("auth.*", "auth.UserLoggedIn"),
            ("#", "auth.UserLoggedIn"),
            ("#.UserLoggedIn", "auth.UserLoggedIn"),
            ("auth.#.UserLoggedIn", "auth.UserLoggedIn"),
            ("auth.#", "auth"),
            ("#.#", ""),
        ] {
            assert!(takes(topic, key), "{topic} {key}");
        }
        for (topic, key) in [
            ("auth.UserLoggedIn", "auth.UserLoginFailed"),
            ("user.#", "auth.UserLoggedIn"),
            ("*", "auth.UserLoggedIn"),
            ("auth.*.*", "auth.UserLoggedIn"),
            ("", "auth"),
        ] {
            assert!(!takes(topic, key), "{topic} {key}");
        }
        assert!(!Queue::plain("q", &[]).takes("auth.UserLoggedIn"));
    }
}
