// A legal progressive JPEG of many scans, as small as such a picture can be: each scan says of one coefficient that nothing of it is left
// to tell.

const u16 = (n) => [n >> 8, n & 255];
const segment = (marker, bytes) => [0xff, marker, ...u16(bytes.length + 2), ...bytes];

/** A Huffman table with one symbol, whose code is the single bit 0 (ITU-T T.81, B.2.4.2). */
const table = (id, symbol) => segment(0xc4, [id, 1, ...Array(15).fill(0), symbol]);

function bits() {
  const out = [];
  let value = 0, used = 0;
  const put = (bit) => {
    value = (value << 1) | bit;
    if (++used < 8) return;
    out.push(value);
    if (value === 0xff) out.push(0);
    value = used = 0;
  };
  return {
    put: (n, width) => { for (let i = width - 1; i >= 0; i--) put((n >> i) & 1); },
    end: () => { while (used) put(1); return out; },
  };
}

/**
 * @param side pixels of the grey square picture's side
 * @param scans 880 at most: 63 coefficients, each with its 14 bits one after another (ITU-T T.81, G.1.2)
 */
export function manyScans(side, scans = 880) {
  const blocks = Math.ceil(side / 8) ** 2;
  const dc = bits();
  for (let i = 0; i < blocks; i++) dc.put(0, 1);
  const parts = [
    [0xff, 0xd8], segment(0xdb, [0, ...Array(64).fill(1)]), segment(0xc2, [8, ...u16(side), ...u16(side), 1, 1, 0x11, 0]),
    table(0x00, 0), table(0x10, 0xe0),
    segment(0xda, [1, 1, 0, 0, 0, 0]), dc.end(),
  ];
  // A run of 2^14 + r ends of blocks is the symbol 0xE0 and the 14 bits r (G.1.2.2).
  const ac = bits();
  for (let left = blocks; left > 0; ) {
    const run = Math.min(left, 32767);
    if (run < 16384) throw new Error("The picture is too small for one code.");
    ac.put(0, 1);
    ac.put(run - 16384, 14);
    left -= run;
    if (left > 0 && left < 16384) throw new Error("The blocks do not divide into runs; choose another side.");
  }
  const body = ac.end();
  let written = 1;
  for (let low = 13; low >= 0; low--) {
    for (let k = 1; k <= 63 && written < scans; k++, written++) {
      parts.push(segment(0xda, [1, 1, 0x00, k, k, ((low === 13 ? 0 : low + 1) << 4) | low]), body);
    }
  }
  return Buffer.from([...parts.flat(), 0xff, 0xd9]);
}
