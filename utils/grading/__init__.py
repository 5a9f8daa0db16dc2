"""Release and grading of the exercises with nbgrader. No lecture imports from here."""
