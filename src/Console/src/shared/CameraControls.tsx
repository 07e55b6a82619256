import { Alert, Button, Group, Select } from "@mantine/core";
import { IconCamera, IconCameraOff, IconPlayerStop } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Camera } from "./useCamera";

/** Starts and stops the camera, chooses among several, and says what stands in its way. */
export function CameraControls({ camera, children }: { camera: Camera; children?: ReactNode }) {
  const { t } = useTranslation("camera");
  return (
    <>
      {camera.fault && (
        <Alert color="red" variant="light" role="alert" title={t("faultTitle")} icon={<IconCameraOff aria-hidden />}>
          {t(`faults.${camera.fault}`)}
        </Alert>
      )}
      <Group>
        {camera.state === "on" ? (
          <Button variant="default" leftSection={<IconPlayerStop size={16} aria-hidden />} onClick={camera.stop}>
            {t("stop")}
          </Button>
        ) : (
          <Button
            leftSection={<IconCamera size={16} aria-hidden />}
            loading={camera.state === "starting"}
            onClick={() => void camera.start()}
          >
            {t(camera.fault ? "again" : "start")}
          </Button>
        )}
        {camera.state === "on" && camera.devices.length > 1 && (
          <Select
            aria-label={t("which")}
            allowDeselect={false}
            value={camera.device}
            onChange={(id) => id && camera.choose(id)}
            data={camera.devices.map((d, i) => ({ value: d.deviceId, label: d.label || t("unnamed", { number: i + 1 }) }))}
          />
        )}
        {children}
      </Group>
    </>
  );
}
