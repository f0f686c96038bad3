"""From a release to what a person looks at, and back: audit and review sheets, the story of one number."""
