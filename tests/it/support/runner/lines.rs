//! Lines as .NET's `StreamReader.ReadLine` reads them: ended by `\n`, `\r\n` or a lone `\r`.

pub fn split(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    text.strip_suffix('\n')
        .map_or_else(|| text.split('\n').collect::<Vec<_>>(), |text| text.split('\n').collect())
        .into_iter()
        .filter(|_| !text.is_empty())
        .map(str::to_owned)
        .collect()
}
