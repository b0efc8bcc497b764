-- A copy of all that is kept of a student asks these tables by the person.
CREATE INDEX module_session_person ON module_session (person);
CREATE INDEX window_visit_all_of_student ON window_visit (student, at);
CREATE INDEX window_ticket_person ON window_ticket (person) WHERE person IS NOT NULL;
CREATE INDEX survey_participation_person ON survey_participation (person);
CREATE INDEX survey_answer_person ON survey_answer (person) WHERE person IS NOT NULL;
