//! That every check catches what it is for, and that the page which readers see says what the checks say.

mod faulty;
mod page;
