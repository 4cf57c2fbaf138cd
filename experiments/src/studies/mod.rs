//! The studies, one folder each: `run(registry, args)` and what belongs to it alone.

pub mod caption;
pub mod char_lm;
pub mod chat;
pub mod france;
pub mod gates;
pub mod hello;
pub mod ner;
pub mod text_classifier;
pub mod translate;
pub mod vanishing_gradient;
pub mod video;
pub mod when_to_use;

pub use caption::Caption;
pub use char_lm::CharLm;
pub use chat::Chat;
pub use france::France;
pub use gates::Gates;
pub use hello::Hello;
pub use ner::Ner;
pub use text_classifier::TextClassifier;
pub use translate::Translate;
pub use vanishing_gradient::VanishingGradient;
pub use video::Video;
pub use when_to_use::WhenToUse;

#[cfg(test)]
mod tests {
    use super::*;
    use runs::testing::conform;

    #[test]
    fn the_settings_of_every_study_conform() {
        conform::<caption::Config>();
        conform::<char_lm::Config>();
        conform::<chat::Config>();
        conform::<france::Config>();
        conform::<gates::Config>();
        conform::<hello::Config>();
        conform::<ner::Config>();
        conform::<text_classifier::Config>();
        conform::<translate::Config>();
        conform::<vanishing_gradient::Config>();
        conform::<video::Config>();
        conform::<when_to_use::Config>();
    }
}
