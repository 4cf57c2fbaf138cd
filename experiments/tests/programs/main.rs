//! The programs, as a user starts them.

mod program;

mod caption;
mod char_lm;
mod chat;
mod divergence;
mod france;
mod gates;
mod hello;
mod ner;
mod text_classifier;
mod translate;
mod vanishing_gradient;
mod video;
mod when_to_use;
