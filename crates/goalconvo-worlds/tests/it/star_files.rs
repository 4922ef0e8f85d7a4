//! A small copy of STAR, written by hand: canoes are searched, booked, and a key is asked for.

/// Paths and texts.
pub(crate) const FILES: [(&str, &str); 12] = [
    (
        "apis/canoe_search.json",
        r#"{"input": [{"Name": "Lake", "Type": "Categorical", "Categories": ["Elm", "Oak"]}, {"Name": "Price", "Type": "Integer", "Min": 5, "Max": 90},
            {"Name": "Extras", "Type": "CategoricalMultiple", "Categories": ["Roof", "Motor", "Stove"]}],
         "output": [{"Name": "Lake", "Type": "Categorical", "Categories": ["Elm", "Oak"]}, {"Name": "Seats", "Type": "Integer", "Min": 1, "Max": 4},
            {"Name": "Price", "Type": "Integer", "Min": 5, "Max": 90}, {"Name": "Extras", "Type": "CategoricalMultiple", "Categories": ["Roof", "Motor", "Stove"]}],
         "required": [], "db": "canoe", "function": "generic_sample", "returns_count": true}"#,
    ),
    (
        "dbs/canoe.json",
        r#"[{"Name": "Lake", "Type": "Categorical", "Categories": "['Elm', 'Oak']"}, {"Name": "Seats", "Type": "Integer", "Min": 1, "Max": 4},
            {"Name": "Price", "Type": "Integer", "Min": "!lambda p: p[\"Seats\"] * 10", "Max": "!lambda p: __import__('os').abort()"},
            {"Name": "Extras", "Type": "Categorical", "Categories": "!list(combinations([\"Roof\", \"Motor\", \"Stove\"], 2))"}]"#,
    ),
    (
        "tasks/canoe_search/canoe_search.json",
        r#"{"task": "canoe_search", "replies": {"hello": "Hi!", "query": "Query"}, "graph": {"hello": "canoe_ask_lake", "canoe_ask_lake": "query"}}"#,
    ),
    (
        "tasks/canoe_search/responses.json",
        r#"{"hello": "Hello there.", "canoe_ask_lake": "On which lake, please?", "canoe_inform": "The one on {lake:s}."}"#,
    ),
    (
        "apis/canoe_book.json",
        r#"{"input": [{"Name": "CustomerName", "Type": "ShortString"}, {"Name": "Day", "Type": "Categorical", "Categories": ["Saturday", "Sunday"]},
            {"Name": "StartTimeHour", "Type": "Categorical", "Categories": ["9 am", "12 pm", "3 pm"]},
            {"Name": "Notes", "Type": "LongString"}, {"Name": "RequestType", "Type": "RequestType", "Categories": ["Check", "Book"]}],
         "output": [{"Name": "Message", "Type": "ShortString"}], "required": ["CustomerName", "StartTimeHour", "Day", "RequestType"],
         "db": "null", "function": "canoe_book", "returns_count": false}"#,
    ),
    (
        "tasks/canoe_book/canoe_book.json",
        r#"{"task": "canoe_reserve", "replies": {"hello": "Hi", "available": "Available", "unavailable": "Unavailable"},
         "graph": {"hello": "ask_name", "ask_name": "canoe_ask_day", "canoe_ask_day": "canoe_ask_start_time", "canoe_ask_start_time": "query_check", "unavailable": "canoe_sorry"}}"#,
    ),
    (
        "tasks/canoe_book/responses.json",
        r#"{"hello": "Hello.", "ask_name": "Who is it for?", "canoe_ask_day": "Saturday or Sunday?", "canoe_ask_start_time": "From when?",
         "canoe_booking_successful": "The canoe is yours! Come early."}"#,
    ),
    (
        "apis/canoe_key.json",
        r#"{"input": [{"Name": "AccountNumber", "Type": "ShortString"}, {"Name": "PIN", "Type": "ShortString"}, {"Name": "DateOfBirth", "Type": "ShortString"}],
         "output": [{"Name": "Message", "Type": "ShortString"}], "required": [], "db": "null", "function": "canoe_key", "returns_count": false}"#,
    ),
    (
        "tasks/canoe_key/canoe_key.json",
        r#"{"task": "canoe_key", "replies": {"hello": "Hello", "key_ask_account_number": "Your account number?", "key_ask_pin": "And the PIN?", "key_ask_dob": "Your date of birth?",
         "info_missing": "Info missing. Can't remember account number or PIN"},
         "graph": {"hello": "key_ask_account_number", "key_ask_account_number": "key_ask_pin", "key_ask_pin": "query", "info_missing": "key_ask_dob", "key_ask_dob": "query"}}"#,
    ),
    (
        "dialogues/2.json",
        r#"{"DialogueID": 2, "Scenario": {"Happy": true, "MultiTask": false, "UserTask": "Book for Sunday.", "WizardCapabilities": [{"Task": "canoe_book"}]},
         "Events": [{"Agent": "User", "Action": "utter", "Text": "A canoe, for Ada."}, {"Agent": "Wizard", "Action": "request_suggestions", "Text": "draft"},
          {"Agent": "Wizard", "Action": "query", "APIName": "canoe_book", "Constraints": [{"CustomerName": "\"ada\""}, {"Day": "\"Sunday\""}, {"StartTimeHour": "api.is_equal_to(\"9 am\")"}]},
          {"Agent": "KnowledgeBase", "Action": "return_item", "APIName": "canoe_book", "TotalItems": -1, "Item": {"APIName": "canoe_book", "Message": "full"}},
          {"Agent": "Wizard", "Action": "query", "APIName": "canoe_book", "Constraints": [{"CustomerName": "\"ada\""}, {"Day": "\"Saturday\""}, {"StartTimeHour": "api.is_odd(9)"}]},
          {"Agent": "KnowledgeBase", "Action": "return_item", "APIName": "canoe_book", "TotalItems": -1, "Item": {"APIName": "canoe_book", "Message": "fine"}},
          {"Agent": "Wizard", "Action": "pick_suggestion", "ActionLabel": "x", "Text": "Done."}, {"Agent": "Wizard", "Action": "query", "APIName": "canoe_book", "Constraints": []}]}"#,
    ),
    (
        "dialogues/10.json",
        r#"{"DialogueID": 10, "Scenario": {"Happy": true, "MultiTask": false, "UserTask": "A canoe on Oak.", "WizardCapabilities": [{"Task": "canoe_search"}]},
         "Events": [{"Agent": "Wizard", "Action": "query", "APIName": "canoe_search", "Constraints": [{"Lake": "\"Oak\""}, {"Price": "api.is_at_most(6)"}, {"Extras": "api.is_one_of([\"Roof\"])"}]},
          {"Agent": "KnowledgeBase", "Action": "return_item", "APIName": "canoe_search", "TotalItems": 0}]}"#,
    ),
    (
        "dialogues/11.json",
        r#"{"DialogueID": 11, "Scenario": {"Happy": true, "MultiTask": false, "UserTask": "The key.", "WizardCapabilities": [{"Task": "canoe_key"}]},
         "Events": [{"Agent": "Wizard", "Action": "query", "APIName": "canoe_key", "Constraints": [{"DateOfBirth": "\"29/02/2000\""}]},
          {"Agent": "KnowledgeBase", "Action": "return_item", "APIName": "canoe_key", "TotalItems": -1, "Item": {"APIName": "canoe_key", "Message": "Under the mat."}}]}"#,
    ),
];
