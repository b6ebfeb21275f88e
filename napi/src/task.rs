//! Blocking core calls on Node's thread pool, as promises that keep their error codes.

use cortex_native_core::Result;
use napi::bindgen_prelude::{AsyncTask, Env, Task, ToNapiValue, TypeName};

use crate::error::{caught, to_js};

type Work<T> = Box<dyn FnOnce() -> Result<T> + Send>;

/// A core call that may block, and what makes its result a JavaScript value.
pub struct Blocking<T, J> {
    context: &'static str,
    work: Option<Work<T>>,
    convert: fn(T) -> J,
}

impl<T: Send + 'static, J: ToNapiValue + TypeName> Task for Blocking<T, J> {
    // The core's error travels as a value and becomes a JavaScript error in `resolve`, on the right thread: one
    // returned by `compute` would lose its code.
    type Output = Result<T>;
    type JsValue = J;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let work = self.work.take().ok_or_else(|| napi::Error::from_reason("a task runs once"))?;
        Ok(caught(self.context, work))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<J> {
        output.map(self.convert).map_err(|error| to_js(env, &error))
    }
}

/// Runs `work` on the pool.
pub fn blocking<T: Send + 'static, J: ToNapiValue + TypeName>(
    context: &'static str,
    convert: fn(T) -> J,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> AsyncTask<Blocking<T, J>> {
    AsyncTask::new(Blocking { context, work: Some(Box::new(work)), convert })
}
