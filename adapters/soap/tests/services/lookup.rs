//! `/user/soap` by GET and by POST, and its health check.

use crate::world::{Answer, SOAP_11, SOAP_12, World, call, envelope, get, post};
use hexad::domain::{City, Dni, Email, FirstName, LastName, PasswordHash, User, UserId, Username};
use hexad_http::Limits;
use hexad_memory::Fault;
use hexad_soap::register::Duplicates;
use http::{Method, StatusCode, header};

/// A world in which users of these names are stored.
fn world_of(names: &[&str]) -> World {
    let world = World::new();
    let user = |(i, name): (usize, &&str)| User {
        id: UserId::from_stored(format!("id <{i}>")),
        username: Username::from_stored(*name),
        password: PasswordHash::from_stored("a hash"),
        first_name: FirstName::from_stored(""),
        last_name: LastName::from_stored(""),
        dni: Dni::from_stored(format!("{i}")),
        email: Email::from_stored(format!("{i}")),
        city: City::from_stored(""),
    };
    for user in names.iter().enumerate().map(user) {
        world.store.adopt_user(user).unwrap();
    }
    world
}

fn question(username: &str) -> String {
    format!(
        "<w:getUserByUsername xmlns:w='http://www.example.org/webservice'><w:username>{username}</w:username></w:getUserByUsername>"
    )
}

async fn ask(world: &World, body: &str) -> Answer {
    post(&world.lookup, "/user/soap", "text/xml", envelope(SOAP_11, body)).await
}

#[tokio::test]
async fn a_user_is_found_by_get() {
    let world = world_of(&["ada"]);
    let answer = get(&world.lookup, "/user/soap?username=ada").await;
    assert_eq!((answer.status, answer.content_type()), (StatusCode::OK, "text/xml; charset=utf-8"));
    assert!(answer.body.contains("<getUserByUsernameResponse xmlns=\"http://www.example.org/webservice\">"));
    assert_eq!(answer.text("getUserByUsernameResponse/id"), "id <0>");
    assert_eq!(answer.text("getUserByUsernameResponse/username"), "ada");
    let head = call(&world.lookup, Method::HEAD, "/user/soap?username=ada").await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn a_user_is_found_by_post_in_either_version() {
    let world = world_of(&["ada"]);
    for (namespace, content_type) in
        [(SOAP_11, "text/xml; charset=utf-8"), (SOAP_12, "application/soap+xml; charset=utf-8")]
    {
        let bodies =
            [question("ada"), "<getUserByUsername><username>ada</username></getUserByUsername>".to_owned()];
        for body in bodies {
            let answer = post(&world.lookup, "/user/soap", content_type, envelope(namespace, &body)).await;
            assert_eq!((answer.status, answer.content_type()), (StatusCode::OK, content_type));
            assert_eq!(answer.text("getUserByUsernameResponse/username"), "ada");
        }
    }
}

#[tokio::test]
async fn names_are_matched_exactly_and_come_back_escaped() {
    let names = ["a<b>&\"c\"", " spaced  out ", "ñ😊", "two\r\nlines"];
    let world = world_of(&names);
    let queries = ["a%3Cb%3E%26%22c%22", "+spaced++out+", "%C3%B1%F0%9F%98%8A", "two%0D%0Alines"];
    for (name, query) in names.iter().zip(queries) {
        let answer = get(&world.lookup, &format!("/user/soap?username={query}")).await;
        assert_eq!(answer.text("getUserByUsernameResponse/username"), *name);
    }
    let answer = ask(&world, &question("a&lt;b>&amp;\"c\"")).await;
    assert_eq!(answer.text("getUserByUsernameResponse/id"), "id <0>");
    assert_eq!(get(&world.lookup, "/user/soap?username=spaced++out").await.status, 404);
    assert_eq!(get(&world_of(&["ada"]).lookup, "/user/soap?username=Ada").await.status, 404);
}

#[tokio::test]
async fn a_stored_name_that_xml_cannot_carry_is_answered_all_the_same() {
    let answer = get(&world_of(&["a\u{1}b"]).lookup, "/user/soap?username=a%01b").await;
    assert_eq!(answer.text("getUserByUsernameResponse/username"), "a\u{fffd}b");
}

#[tokio::test]
async fn by_get_a_fault_comes_with_the_status_of_its_problem() {
    let world = world_of(&["ada"]);
    let table = [
        ("/user/soap", 400, "missing"),
        ("/user/soap?username=", 400, "missing"),
        ("/user/soap?Username=ada", 400, "missing"),
        ("/user/soap?username=ada&username=ada", 400, "repeated"),
        ("/user/soap?username=%ff", 400, "malformed"),
        ("/user/soap?username=%2", 400, "malformed"),
        ("/user/soap?username=nobody", 404, "not_found"),
        ("/user/soap?username=ada%00", 404, "not_found"),
    ];
    for (path, status, code) in table {
        let answer = get(&world.lookup, path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.content_type()),
            (status, "text/xml; charset=utf-8"),
            "{path}"
        );
        assert_eq!(answer.fault_1_1(), ("soap:Client".to_owned(), code.to_owned()), "{path}");
    }
    world.faults.every_call(Fault::BeforeEffect);
    let answer = get(&world.lookup, "/user/soap?username=ada").await;
    assert_eq!(answer.status, 503);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    assert_eq!(answer.fault_1_1(), ("soap:Server".to_owned(), "unavailable".to_owned()));
}

#[tokio::test]
async fn by_post_every_fault_is_a_500() {
    let world = world_of(&["ada"]);
    let table = [
        (question("nobody"), "not_found"),
        (question(""), "missing"),
        ("<getUserByUsername/>".to_owned(), "missing"),
        (question("ada</w:username><w:username>ada"), "repeated"),
        (String::new(), "malformed"),
        ("<username>ada</username>".to_owned(), "malformed"),
        ("<deleteUser><username>ada</username></deleteUser>".to_owned(), "malformed"),
        (
            "<getUserByUsername xmlns='urn:other'><username>ada</username></getUserByUsername>".to_owned(),
            "malformed",
        ),
        (question("ada").repeat(2), "malformed"),
    ];
    for (body, code) in table {
        let answer = ask(&world, &body).await;
        assert_eq!(answer.status, 500, "{body}");
        assert_eq!(answer.fault_1_1(), ("soap:Client".to_owned(), code.to_owned()), "{body}");
    }
    world.faults.every_call(Fault::BeforeEffect);
    let answer = ask(&world, &question("ada")).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.headers[header::RETRY_AFTER], "5");
    assert_eq!(answer.fault_1_1(), ("soap:Server".to_owned(), "unavailable".to_owned()));
}

#[tokio::test]
async fn a_server_with_too_much_to_do_says_so_in_a_fault() {
    let world = World::with(Duplicates::Fault, Limits { requests: 0, ..Limits::default() });
    let by_get = get(&world.lookup, "/user/soap?username=ada").await;
    assert_eq!(by_get.status, 503);
    assert_eq!(by_get.fault_1_1(), ("soap:Server".to_owned(), "busy".to_owned()));
    let by_post = ask(&world, &question("ada")).await;
    assert_eq!((by_post.status.as_u16(), by_post.fault_1_1().1.as_str()), (500, "busy"));
    assert_eq!(by_post.headers[header::RETRY_AFTER], "1");
}

#[tokio::test]
async fn other_methods_and_routes_are_problem_documents() {
    let world = World::new();
    let answer = call(&world.lookup, Method::DELETE, "/user/soap?username=ada").await;
    assert_eq!(
        (answer.status, answer.content_type()),
        (StatusCode::METHOD_NOT_ALLOWED, "application/problem+json")
    );
    assert_eq!(answer.headers[header::ALLOW], "GET,HEAD,POST");
    assert_eq!(get(&world.lookup, "/user").await.status, 404);
}

#[tokio::test]
async fn health_is_told_in_the_originals_words() {
    let world = World::new();
    let answer = get(&world.lookup, "/user-search/health").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "OK"));
    world.faults.every_call(Fault::BeforeEffect);
    assert_eq!(get(&world.lookup, "/user-search/health").await.status, 503);
}
