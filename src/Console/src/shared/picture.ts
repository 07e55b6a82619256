import { useEffect, useState } from "react";

export type Picture = { bitmap: ImageBitmap | null; isUnreadable: boolean };

/** A picture file as pixels, upright as it says itself; unreadable where this browser does not know its kind, as HEIC mostly. */
export function usePicture(file: Blob | null): Picture {
  const [picture, setPicture] = useState<Picture>({ bitmap: null, isUnreadable: false });
  useEffect(() => {
    setPicture({ bitmap: null, isUnreadable: false });
    if (!file) return;
    let isCurrent = true;
    let made: ImageBitmap | null = null;
    createImageBitmap(file).then(
      (bitmap) => {
        made = bitmap;
        if (isCurrent) setPicture({ bitmap, isUnreadable: false });
        else bitmap.close();
      },
      () => isCurrent && setPicture({ bitmap: null, isUnreadable: true }),
    );
    return () => {
      isCurrent = false;
      made?.close();
    };
  }, [file]);
  return picture;
}

export const isHeic = (file: File) => /\.(heic|heif)$/i.test(file.name) || /heic|heif/.test(file.type);
