import { Alert, Button, FileButton, Group, List, Modal, Progress, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconAlertTriangle, IconCheck, IconPhoto } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { Problem } from "../../api/problem";
import { may, useSession } from "../../api/session";
import { upload } from "../../api/upload";
import { CameraControls } from "../../shared/CameraControls";
import { FacesOnPicture, type Box } from "../../shared/FacesOnPicture";
import { PageLink } from "../../shared/PageLink";
import { isHeic, usePicture } from "../../shared/picture";
import { PictureCanvas } from "../../shared/PictureCanvas";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import { takeFrame, useCamera } from "../../shared/useCamera";

type Added = Schemas["AddedFace"];
type Options = { central?: boolean; override_duplicate?: boolean; override_another_person?: boolean };

/** What a refusal says of the photo, besides its code. */
type RefusedPicture = { width: number; height: number; turned: number; faces: Box[]; subject: number | null };

export function EnrolDialog({
  id,
  name,
  opened,
  onClose,
  onEnrolled,
}: {
  id: string;
  name: string;
  opened: boolean;
  onClose: () => void;
  onEnrolled: () => void;
}) {
  const { t } = useTranslation("students");
  const isSmall = useMediaQuery("(max-width: 48em)");
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      size="lg"
      fullScreen={isSmall}
      title={t("enrol.of", { name })}
      closeButtonProps={{ "aria-label": t("common:close") }}
    >
      {opened && <Enrol id={id} onEnrolled={onEnrolled} onClose={onClose} />}
    </Modal>
  );
}

function Enrol({ id, onEnrolled, onClose }: { id: string; onEnrolled: () => void; onClose: () => void }) {
  const { t } = useTranslation("students");
  const [way, setWay] = useDraft<"camera" | "file">("students/enrol/way", "camera");
  const [photo, setPhoto] = useState<File | null>(null);
  const [sent, setSent] = useState(0);
  const [reason, setReason, forgetReason] = useDraft(`students/enrol/reason/${id}`, "");
  const enrol = useMutation({
    mutationFn: async ({ image, ...options }: Options & { image: File }) => {
      setSent(0);
      const form = new FormData();
      for (const [field, value] of Object.entries(options)) form.append(field, String(value));
      if (options.override_duplicate || options.override_another_person) form.append("reason", reason.trim());
      form.append("image", image, image.name);
      return JSON.parse(await upload(`/api/v1/students/${encodeURIComponent(id)}/faces`, form, { onSent: setSent })) as Added;
    },
    onSuccess: () => {
      forgetReason();
      onEnrolled();
    },
  });
  const send = (image: File, options: Options = {}) => {
    setPhoto(image);
    enrol.mutate({ image, ...options });
  };
  const another = () => {
    setPhoto(null);
    enrol.reset();
  };

  if (photo) {
    return (
      <Stack>
        <Photo file={photo} error={enrol.error} />
        {enrol.isPending && (
          <>
            <Text size="sm" aria-live="polite">
              {t(sent < 1 ? "enrol.sending" : "enrol.judging")}
            </Text>
            <Progress value={sent * 100} animated={sent === 1} aria-label={t("enrol.sending")} />
          </>
        )}
        {enrol.data && <Stored added={enrol.data} />}
        <Refusal id={id} error={enrol.error} reason={reason} onReason={setReason} onAgain={(options) => send(photo, options)} />
        {!enrol.isPending && (
          <Group justify="end">
            <Button variant="default" onClick={another}>
              {t("enrol.another")}
            </Button>
            {enrol.data && <Button onClick={onClose}>{t("enrol.done")}</Button>}
          </Group>
        )}
      </Stack>
    );
  }
  return (
    <Stack>
      <SegmentedControl
        fullWidth
        value={way}
        onChange={(value) => setWay(value as typeof way)}
        aria-label={t("enrol.how")}
        data={[
          { value: "camera", label: t("enrol.byCamera") },
          { value: "file", label: t("enrol.byFile") },
        ]}
      />
      <Text size="sm">{t("enrol.advice")}</Text>
      {way === "camera" ? (
        <TakePhoto onTaken={send} />
      ) : (
        <Group>
          <FileButton
            accept="image/jpeg,image/png,image/webp,image/avif,image/heic,image/heif,.heic,.heif"
            onChange={(file) => file && send(file)}
          >
            {(props) => (
              <Button {...props} leftSection={<IconPhoto size={16} aria-hidden />}>
                {t("enrol.choose")}
              </Button>
            )}
          </FileButton>
          <Text size="sm" c="dimmed">
            {t("enrol.kinds")}
          </Text>
        </Group>
      )}
    </Stack>
  );
}

function TakePhoto({ onTaken }: { onTaken: (photo: File) => void }) {
  const { t } = useTranslation("students");
  const video = useRef<HTMLVideoElement>(null);
  const camera = useCamera(video, { facing: "environment", longSide: 1920 });
  const [size, setSize] = useState<[number, number]>([4, 3]);
  const take = async () => {
    const photo = video.current && (await takeFrame(video.current, 1920, 0.92));
    if (photo) onTaken(new File([photo], "camera.jpg", { type: photo.type }));
  };
  return (
    <>
      <div hidden={camera.state !== "on"}>
        <FacesOnPicture width={size[0]} height={size[1]} faces={[]} isMirrored={camera.isMirrored} maxHeight="45dvh">
          <video
            ref={video}
            muted
            playsInline
            aria-label={t("enrol.cameraPicture")}
            onResize={(e) => setSize([e.currentTarget.videoWidth || 4, e.currentTarget.videoHeight || 3])}
          />
        </FacesOnPicture>
      </div>
      {camera.state === "on" && <Button onClick={() => void take()}>{t("enrol.take")}</Button>}
      <CameraControls camera={camera} />
    </>
  );
}

/** The photo with what was found on it. A kind of picture that this browser cannot show is told so; the server reads more kinds. */
function Photo({ file, error }: { file: File; error: unknown }) {
  const { t } = useTranslation("students");
  const { bitmap, isUnreadable } = usePicture(file);
  const document = error instanceof Problem ? error.document : {};
  const found = document["picture"] as RefusedPicture | undefined;
  const reasons = (document["reasons"] as string[] | undefined) ?? [];
  if (isUnreadable && !found)
    return (
      <Text size="sm" c="dimmed">
        {t(isHeic(file) ? "enrol.heic" : "enrol.notShown")}
      </Text>
    );
  if (!bitmap && !found) return null;
  const width = found?.width ?? bitmap!.width;
  const height = found?.height ?? bitmap!.height;
  const faces =
    found?.faces.map((box, i) => ({
      key: String(i),
      box,
      tone: i === found.subject ? ("fault" as const) : ("unknown" as const),
      label: i === found.subject && reasons.length > 0 && (
        <List size="xs" listStyleType="none" spacing={0}>
          {reasons.map((reason) => (
            <List.Item key={reason}>{t(`enrol.reasons.${reason}` as never, { defaultValue: reason }) as string}</List.Item>
          ))}
        </List>
      ),
    })) ?? [];
  return (
    <>
      {isUnreadable && (
        <Text size="sm" c="dimmed">
          {t(isHeic(file) ? "enrol.heic" : "enrol.notShown")}
        </Text>
      )}
      <FacesOnPicture width={width} height={height} faces={faces} maxHeight="45dvh">
        {bitmap ? <PictureCanvas bitmap={bitmap} turned={found?.turned} label={t("enrol.photo")} /> : null}
      </FacesOnPicture>
    </>
  );
}

function Stored({ added }: { added: Added }) {
  const { t } = useTranslation("students");
  return (
    <>
      <Alert color="green" variant="light" role="status" icon={<IconCheck aria-hidden />}>
        {t(added.already_enrolled ? "enrol.already" : "enrol.stored")}
        {added.central && ` ${t("enrol.central")}`}
        {added.turned && ` ${t("enrol.turned")}`}
      </Alert>
      {added.lookalike && (
        <Alert color="yellow" variant="light" icon={<IconAlertTriangle aria-hidden />} title={t("enrol.lookalike")}>
          <Text size="sm">{t("enrol.lookalikeWhat", { similarity: added.lookalike.similarity.toFixed(2) })}</Text>
          <PageLink to={`/students/${added.lookalike.student_id}`}>{t("enrol.see", { id: added.lookalike.student_id })}</PageLink>
        </Alert>
      )}
    </>
  );
}

/** Why the photo was refused, in words, and what may be done about it. */
function Refusal({
  id,
  error,
  reason,
  onReason,
  onAgain,
}: {
  id: string;
  error: unknown;
  reason: string;
  onReason: (reason: string) => void;
  onAgain: (options: Options) => void;
}) {
  const { t, i18n } = useTranslation("students");
  const session = useSession();
  if (!error) return null;
  const key = error instanceof Problem ? error.code.replaceAll(".", "_") : "";
  if (!(error instanceof Problem) || !i18n.exists(`refusals.${key}`, { ns: "students" })) {
    return <ProblemAlert error={error} retry={() => onAgain({})} />;
  }
  const other = error.document["student_id"] as string | undefined;
  const override =
    error.code === "enrollment.duplicate_person"
      ? { override_duplicate: true }
      : error.code === "enrollment.another_person" && may(session, "admin")
        ? { override_another_person: true }
        : null;
  return (
    <Alert color="red" variant="light" role="alert" icon={<IconAlertTriangle aria-hidden />} title={t("enrol.refused")}>
      <Stack gap="xs">
        <Text size="sm">{t(`refusals.${key}` as never) as string}</Text>
        {Array.isArray(error.document["reasons"]) && (
          <List size="sm">
            {(error.document["reasons"] as string[]).map((one) => (
              <List.Item key={one}>{t(`enrol.advise.${one}` as never, { defaultValue: one }) as string}</List.Item>
            ))}
          </List>
        )}
        {other && other !== id && <PageLink to={`/students/${other}`}>{t("enrol.see", { id: other })}</PageLink>}
        {error.code === "enrollment.multiple_faces" && (
          <Group>
            <Button size="xs" variant="default" onClick={() => onAgain({ central: true })}>
              {t("enrol.takeCentral")}
            </Button>
          </Group>
        )}
        {override && (
          <form
            onSubmit={(e) => {
              e.preventDefault();
              onAgain(override);
            }}
          >
            <Stack gap="xs">
              <TextInput
                label={t("enrol.reason")}
                description={t("enrol.reasonWhat")}
                required
                maxLength={500}
                value={reason}
                onChange={(e) => onReason(e.currentTarget.value)}
              />
              <Group>
                <Button type="submit" size="xs" color="red" disabled={!reason.trim()}>
                  {t("enrol.override")}
                </Button>
              </Group>
            </Stack>
          </form>
        )}
      </Stack>
    </Alert>
  );
}
