//! `--ask`: questions to the model of a finished run, from the command line, from standard input, or at a prompt.

use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal, Read, Write};

use clap::{Arg, ArgAction, ArgMatches};

use crate::cli::Common;
use crate::run::{RunDir, command_line};
use crate::settings::{Resolved, all_keys, lookup, shown, table};
use crate::study::{Answers, Asks, Study, finished};
use crate::{Stop, interrupt, one_line, terminal};

/// Its name.
const ASK: &str = "ask";
/// Stands for the lines of standard input.
const LINES: &str = "-";
/// The longest question, in bytes: a paragraph, not a book.
const LONGEST: usize = 1 << 15;

/// The flag. Alone, or with [`LINES`], it reads standard input.
pub(crate) fn arg(asks: Asks) -> Arg {
    let help = format!(
        "{}. The finished run of these settings answers; nothing is trained. Repeat the flag to ask more, and write --ask=… for \
         a question that begins with {LINES}. --ask {LINES} reads one from every line of standard input. --ask alone opens a \
         prompt, which an empty line ends",
        asks.help
    );
    let arg = Arg::new(ASK).long(ASK).value_name(asks.value).help(help).help_heading("The trained model");
    // What ends without a model has no answer, and --force would throw away what is asked.
    let without = ["json", "sweep", "print_config", "list_cells", "force"];
    arg.num_args(0..=1).action(ArgAction::Append).conflicts_with_all(without)
}

/// The value of each `--ask`, where it has one.
pub(crate) fn asked<S: Study>(study: &S, matches: &ArgMatches) -> Vec<Option<String>> {
    let occurrences = study.asks().and_then(|_| matches.get_occurrences::<String>(ASK));
    occurrences.into_iter().flatten().map(|mut values| values.next().cloned()).collect()
}

/// Prints the answers of the model that these settings have trained. `command` is the whole command line.
///
/// # Errors
/// Refused, if there is no such model, or if a question has no answer; failed, if the model cannot be used.
pub(crate) fn run<S: Study>(
    study: &S,
    common: &Common,
    resolved: &Resolved<S::Settings>,
    asked: &[Option<String>],
    command: &[OsString],
) -> Result<(), Stop> {
    let of_flag = |stop: Stop| stop.of(&format!("--{ASK}"));
    for text in asked.iter().flatten() {
        admit(text).map_err(of_flag)?;
    }
    let input = study.open(resolved)?;
    common.with_threads(|_| {
        let dir = finished_run(study, common, resolved, command)?;
        let answers = study.answers(resolved, &input, &dir)?;
        let whose = format!("answers of {}, trained with {}", dir.root().display(), in_short(study, resolved));
        terminal::say(&one_line(&whose));
        let mut talk = Talk { answers, printed: false };
        let (mut read, mut without) = (0, 0);
        for question in asked {
            match question.as_deref() {
                Some(text) if text != LINES => talk.answer(text).map_err(of_flag)?,
                lines => {
                    let found = talk.lines(&mut io::stdin().lock(), lines.is_none())?;
                    (read, without) = (read + found.0, without + found.1);
                }
            }
        }
        match without {
            0 => Ok(()),
            _ => Err(Stop::Refused(format!("{without} of {read} questions have no answer"))),
        }
    })
}

/// The run of these settings, if it is finished and as it was written.
///
/// # Errors
/// Refused, with the command that trains it, if there is none.
fn finished_run<S: Study>(
    study: &S,
    common: &Common,
    resolved: &Resolved<S::Settings>,
    command: &[OsString],
) -> Result<RunDir, Stop> {
    let none = || {
        let at = common.out.join(study.name()).join(&resolved.id);
        let (at, training) = (at.display(), command_line(&without_questions(command)));
        Stop::Refused(format!("no run of these settings is finished in {at}; this trains one: {training}"))
    };
    finished(study, common, resolved)?.map(|run| run.dir).ok_or_else(none)
}

/// The words of the command that trains what this one asks.
fn without_questions(command: &[OsString]) -> Vec<String> {
    let mut words = Vec::new();
    let mut command = command.iter().map(|word| word.to_string_lossy()).peekable();
    while let Some(word) = command.next() {
        if word == format!("--{ASK}") {
            // What begins as a flag does is one, and no question.
            let _question = command.next_if(|next| next == LINES || !next.starts_with('-'));
        } else if !word.starts_with(&format!("--{ASK}=")) {
            words.push(word.into_owned());
        }
    }
    words
}

/// The flags of all settings that are not the defaults.
fn in_short<S: Study>(study: &S, resolved: &Resolved<S::Settings>) -> String {
    let now: toml::Table = toml::from_str(&resolved.toml).expect("our own TOML");
    let defaults = table(&study.defaults(resolved.scale));
    let scale = (resolved.scale != Default::default()).then(|| format!("--{}", resolved.scale.name()));
    let other = all_keys::<S::Settings>().into_iter().filter_map(|key| {
        let value = lookup(&now, key.name)?;
        (lookup(&defaults, key.name) != Some(value)).then(|| format!("--{} {}", key.flag_name(), shown(value)))
    });
    let flags: Vec<String> = scale.into_iter().chain(other).collect();
    if flags.is_empty() { "the default settings".into() } else { flags.join(" ") }
}

/// # Errors
/// Refused, if no study can answer the question; the caller knows where it stood.
fn admit(question: &str) -> Result<(), Stop> {
    let control = |c: &char| c.is_control() && !matches!(c, '\t' | '\n');
    let why = match question.chars().find(control) {
        _ if question.trim().is_empty() => "is empty; write one".into(),
        _ if question.len() > LONGEST => format!("is longer than {LONGEST} bytes; ask a shorter one"),
        Some(c) => format!("has the control character {}; take it out", c.escape_default()),
        None => return Ok(()),
    };
    Err(Stop::Refused(format!("the question {why}")))
}

/// Questions and answers.
struct Talk<'a> {
    answers: Answers<'a>,
    printed: bool,
}

impl Talk<'_> {
    /// Prints the answer; one of several lines is set apart.
    ///
    /// # Errors
    /// Refused, if there is none; else as the study's, or failed, if it cannot be printed.
    fn answer(&mut self, question: &str) -> Result<(), Stop> {
        admit(question)?;
        let text = (self.answers)(question)?;
        let apart = if self.printed && text.lines().count() > 1 { "\n" } else { "" };
        self.printed = true;
        terminal::print(&format!("{apart}{text}"))
    }

    /// Answers each line until the end, at a prompt until an empty line; else empty lines are skipped. How many questions there
    /// were, and how many of them have no answer, each of which was said.
    ///
    /// # Errors
    /// Failed, if a line cannot be read for another reason than what stands there, or as [`answer`](Self::answer); interrupted.
    fn lines(&mut self, reader: &mut impl BufRead, prompt: bool) -> Result<(usize, usize), Stop> {
        let on_terminal = prompt && io::stdin().is_terminal() && io::stderr().is_terminal();
        if on_terminal {
            terminal::say("an empty line ends");
        }
        let (mut read, mut without) = (0, 0);
        for number in 1.. {
            if interrupt::asked() {
                return Err(Stop::Interrupted("no more questions are answered".into()));
            }
            if on_terminal {
                // It does no harm if the prompt cannot be written.
                let _ = io::stderr().write_all(b"> ");
            }
            let line = next_line(reader).map_err(|why| Stop::Failed(format!("reading standard input: {why}")))?;
            let line = match line {
                None => {
                    if on_terminal {
                        terminal::say("");
                    }
                    break;
                }
                Some(Ok(line)) if line.trim().is_empty() => match prompt {
                    true => break,
                    false => continue,
                },
                Some(line) => line,
            };
            read += 1;
            match line.map_err(Stop::Refused).and_then(|question| self.answer(&question)) {
                Err(Stop::Refused(why)) => {
                    without += 1;
                    terminal::say(&format!("error: line {number}: {}", one_line(&why)));
                }
                answered => answered?,
            }
        }
        Ok((read, without))
    }
}

/// The next line without its end, if there is one; or what is wrong with it. Of a line that is too long only the beginning is
/// held.
fn next_line(reader: &mut impl BufRead) -> io::Result<Option<Result<String, String>>> {
    let mut bytes = Vec::new();
    let most = LONGEST + 2; // CR and LF
    if reader.by_ref().take(most as u64).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.len() == most && !bytes.ends_with(b"\n") {
        reader.skip_until(b'\n')?;
        // However it goes on, it is too long.
        return Ok(Some(Err(format!("the line is longer than {LONGEST} bytes; ask a shorter question"))));
    }
    // A space at the end may be a part of the question.
    for end in [b'\n', b'\r'] {
        bytes.pop_if(|last| *last == end);
    }
    let line = String::from_utf8(bytes);
    let not_utf8 = |valid: usize| format!("byte {} of the line is not UTF-8; convert the text to UTF-8", valid + 1);
    Ok(Some(line.map_err(|why| not_utf8(why.utf8_error().valid_up_to()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_trains_is_the_command_without_its_questions() {
        for (command, training) in [
            ("study --quick --ask who --seed 2", "study --quick --seed 2"),
            ("study --ask --quick", "study --quick"),
            ("study --ask - --quick --ask", "study --quick"),
            ("study --ask=-x --text a|b", "study --text a|b"),
        ] {
            let words: Vec<OsString> = command.split(' ').map(Into::into).collect();
            assert_eq!(without_questions(&words).join(" "), training);
        }
        let words = ["study", "--ask", "it's", "--text", "it's"].map(Into::into);
        assert_eq!(command_line(&without_questions(&words)), r"study --text 'it'\''s'");
    }

    #[test]
    fn a_question_that_nobody_can_answer_is_told_apart() {
        for (question, why) in [
            (" \t\n", "is empty"),
            ("a\u{1b}[2J", "control character \\u{1b}"),
            (&*"x".repeat(LONGEST + 1), "is longer than 32768 bytes"),
        ] {
            let refused = admit(question).expect_err("refused").to_string();
            assert!(refused.contains(why) && refused.len() < 100, "{refused}");
        }
        assert_eq!(admit("a\tb\nc"), Ok(()));
    }

    /// A study that says a question again, unless it has a `?`.
    fn talk() -> Talk<'static> {
        let answers = |question: &str| match question.contains('?') {
            true => Err(Stop::Refused("no idea".into())),
            false => Ok(format!("{question}\n")),
        };
        Talk { answers: Box::new(answers), printed: false }
    }

    #[test]
    fn a_bad_line_does_not_keep_the_others_from_being_answered() {
        let long = "y".repeat(10_000_000);
        let lines = [b"a\r\n\n?\nb \nna\xefve\n".as_slice(), long.as_bytes(), b"\n\x07\nc"].concat();
        assert_eq!(talk().lines(&mut &*lines, false).expect("read"), (7, 4));
        let mut reader = &*lines;
        let mut found = Vec::new();
        while let Some(line) = next_line(&mut reader).expect("from memory") {
            found.push(line.unwrap_or_else(|why| why));
        }
        let bad = ["byte 3 of the line is not UTF-8; convert", "the line is longer than 32768 bytes; ask"];
        assert!(found[4].starts_with(bad[0]) && found[5].starts_with(bad[1]), "{found:?}");
        assert_eq!([&found[..4], &found[6..]].concat(), ["a", "", "?", "b ", "\u{7}", "c"]);
    }

    #[test]
    fn an_empty_line_ends_a_prompt_and_nothing_else() {
        assert_eq!(talk().lines(&mut &b"a\n\nb\n"[..], true).expect("read"), (1, 0));
        assert_eq!(talk().lines(&mut &b"a\n\nb\n"[..], false).expect("read"), (2, 0));
    }

    #[test]
    fn a_line_of_the_longest_length_is_a_question() {
        let longest = "z".repeat(LONGEST);
        for end in ["", "\n", "\r\n"] {
            let text = format!("{longest}{end}");
            assert_eq!(next_line(&mut text.as_bytes()).expect("from memory"), Some(Ok(longest.clone())));
        }
        let line = next_line(&mut format!("{longest}zzz").as_bytes()).expect("from memory");
        assert!(line.is_some_and(|line| line.is_err()));
    }
}
