"""Problem documents (RFC 9457) as the REST services answer them."""

INVALID = 'Bearer error="invalid_token"'


def is_problem(answer, status, code, compat=None, text=None):
    """Holds an answer to be that problem. `compat` names the member that the original service used."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-Id"]
    # A header that came twice would read "Bearer, Bearer".
    challenge = {"invalid_credentials": "Bearer", "token_expired": INVALID, "token_invalid": INVALID}.get(code)
    assert answer.headers.get("WWW-Authenticate") == challenge
    problem = answer.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    assert problem["type"] and problem["title"] and problem["detail"], problem
    if compat:
        assert problem[compat] == problem["detail"], problem
    for other in {"message", "error"} - {compat}:
        assert other not in problem, problem
    if text:
        assert problem[compat or "detail"] == text
    return problem


def fields_of(problem):
    return {field["name"]: field["code"] for field in problem["fields"]}
