import "./faces.css";
import type { ReactNode } from "react";

export type Box = { top: number; right: number; bottom: number; left: number };

export type FaceOnPicture = {
  key: string;
  box: Box;
  tone: "known" | "unknown" | "fault";
  label?: ReactNode;
};

/** A picture, as wide as there is room, with boxes around its faces and words at them. */
export function FacesOnPicture({
  width,
  height,
  faces,
  isMirrored = false,
  children,
  maxHeight = "60dvh",
}: {
  /** Of what the boxes are measured on, in pixels. */
  width: number;
  height: number;
  faces: FaceOnPicture[];
  /** The picture is shown as in a mirror: boxes go with it, words do not. */
  isMirrored?: boolean;
  maxHeight?: string;
  children: ReactNode;
}) {
  const part = (pixels: number, whole: number) => `${(100 * pixels) / whole}%`;
  return (
    <div
      className="faces"
      data-mirrored={isMirrored || undefined}
      style={{ width: `min(100%, calc(${maxHeight} * ${width / height}))`, aspectRatio: `${width} / ${height}` }}
    >
      {children}
      {faces.map(({ key, box, tone, label }) => {
        const left = isMirrored ? width - box.right : box.left;
        return (
          <div
            key={key}
            className="face-box"
            data-tone={tone}
            data-testid="face"
            style={{
              left: part(left, width),
              top: part(box.top, height),
              width: part(box.right - box.left, width),
              height: part(box.bottom - box.top, height),
            }}
          >
            {label && (
              <div
                className="face-label"
                data-above={box.bottom > height * 0.8 || undefined}
                data-leftward={left > width * 0.6 || undefined}
              >
                {label}
              </div>
            )}
          </div>
        );
      })}
    </div>
  );
}
