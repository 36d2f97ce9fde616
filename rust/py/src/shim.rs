use ravine_core::error::{Error, Result};
use ravine_core::graph::{Arg, Tensor};
use ravine_core::ops::view::{self, Range};
pub enum Item { Int(i64), Slice { start: Option<i64>, stop: Option<i64>, step: i64 }, Ellipsis, NewAxis, Tensor(Tensor) }
pub fn get(x: &Tensor, items: &[Item]) -> Result<Tensor> {
    let mut t = x.clone(); let mut d = 0;
    for i in items { match i {
        Item::Int(i) => { let n = t.shape()[d] as i64; if *i >= n || *i < -n { return Err(Error::index("index", *i, d, n as usize)); } t = view::select(&t, d, if *i<0 {*i+n} else {*i})?; }
        Item::Slice{start,stop,step} => { let r = Range::python(*start,*stop,*step,t.shape()[d]); let mut rs: Vec<Range> = t.shape().iter().map(|&n| Range::all(n)).collect(); rs[d]=r; t = view::slice(&t,&rs)?; d+=1; }
        _ => return Err(Error::value("index","no")) } }
    Ok(t)
}
pub fn set(_x: &Tensor, _items: &[Item], _v: &Arg) -> Result<Tensor> { Err(Error::value("index","no")) }
