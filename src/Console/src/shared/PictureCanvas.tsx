import { useEffect, useRef } from "react";

/** A picture on a canvas, turned clockwise by quarters. */
export function PictureCanvas({ bitmap, turned = 0, label }: { bitmap: ImageBitmap; turned?: number; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const scale = Math.min(1, 1280 / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
    const isOnSide = turned % 180 !== 0;
    const element = canvas.current!;
    [element.width, element.height] = isOnSide ? [height, width] : [width, height];
    const context = element.getContext("2d")!;
    context.translate(element.width / 2, element.height / 2);
    context.rotate((turned * Math.PI) / 180);
    context.drawImage(bitmap, -width / 2, -height / 2, width, height);
  }, [bitmap, turned]);
  return <canvas ref={canvas} role="img" aria-label={label} />;
}
