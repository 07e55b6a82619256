import { Button, Checkbox, Chip, Fieldset, Group, NumberInput, Select, SimpleGrid, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { fieldErrors } from "../../api/problem";
import { Password } from "../../shared/Password";
import { ProblemAlert } from "../../shared/ProblemAlert";
import type { Camera } from "./CamerasPage";

const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const sides = ["left", "top", "width", "height"] as const;
const directions = ["in", "out", "both"] as const;
const shareOf = { left: 0, top: 0, width: 1, height: 1 };

/** A camera that is added, or changed in all but its id. A password that is not typed stays as it is. */
export default function CameraForm({ camera, onDone }: { camera: Camera | null; onDone: () => void }) {
  const { t } = useTranslation("cameras");
  const form = useForm({
    initialValues: {
      name: camera?.name ?? "",
      source: camera?.source ?? "",
      user: "",
      password: "",
      device_id: camera?.device_id ?? "",
      location_id: camera?.location_id ?? "",
      class_id: camera?.class_id ?? "",
      hasHours: !!camera?.hours,
      weekdays: (camera?.hours?.weekdays ?? weekdays.slice(0, 5)) as string[],
      from: camera?.hours?.from.slice(0, 5) ?? "06:00",
      to: camera?.hours?.to.slice(0, 5) ?? "16:00",
      hasRegion: !!camera?.region,
      region: camera?.region ?? shareOf,
      min_face_px: (camera?.min_face_px ?? "") as number | "",
      direction: (camera?.direction ?? "both") as string,
      frames_per_second: camera?.frames_per_second ?? 5,
      enabled: camera?.enabled ?? true,
    },
  });
  const { values } = form;
  const isAddress = values.source.includes("://");
  const save = useMutation({
    mutationFn: async () => {
      const body = {
        name: values.name,
        source: values.source,
        user: (isAddress && values.user) || null,
        password: (isAddress && values.password) || null,
        device_id: values.device_id,
        location_id: values.location_id || null,
        class_id: values.class_id || null,
        hours: values.hasHours ? { weekdays: values.weekdays, from: values.from, to: values.to } : null,
        region: values.hasRegion ? values.region : null,
        min_face_px: values.min_face_px || null,
        direction: values.direction,
        frames_per_second: values.frames_per_second,
        enabled: values.enabled,
      } as Schemas["CameraBody"];
      if (camera) await api.PUT("/api/v1/cameras/{id}", { params: { path: { id: camera.id } }, body });
      else await api.POST("/api/v1/cameras", { body });
    },
    onSuccess: onDone,
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <form onSubmit={form.onSubmit(() => save.mutate())} autoComplete="off">
      <Stack>
        <TextInput label={t("name")} required data-autofocus {...form.getInputProps("name")} />
        <TextInput label={t("source")} description={t("sourceWhat")} required autoCapitalize="none" {...form.getInputProps("source")} />
        {isAddress && (
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput label={t("user")} autoCapitalize="none" {...form.getInputProps("user")} />
            <Password label={t("common:password")} required={false} autoComplete="new-password" {...form.getInputProps("password")} />
          </SimpleGrid>
        )}
        {isAddress && camera?.has_credentials && (
          <Text size="sm" c="dimmed">
            {t("credentialsStay")}
          </Text>
        )}
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <TextInput label={t("deviceId")} required autoCapitalize="none" {...form.getInputProps("device_id")} />
          <TextInput label={t("location")} {...form.getInputProps("location_id")} />
          <TextInput label={t("class")} {...form.getInputProps("class_id")} />
        </SimpleGrid>
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <Select
            label={t("direction")}
            allowDeselect={false}
            data={directions.map((value) => ({ value, label: t(`directions.${value}`) }))}
            {...form.getInputProps("direction")}
          />
          <NumberInput label={t("mostRate")} min={0.1} max={30} decimalScale={1} {...form.getInputProps("frames_per_second")} />
          <NumberInput label={t("minFace")} min={1} max={4000} allowDecimal={false} {...form.getInputProps("min_face_px")} />
        </SimpleGrid>
        <Checkbox label={t("hasHours")} {...form.getInputProps("hasHours", { type: "checkbox" })} />
        {values.hasHours && (
          <Fieldset legend={t("hours")}>
            <Stack>
              <Chip.Group multiple {...form.getInputProps("weekdays")}>
                <Group gap="xs">
                  {weekdays.map((day) => (
                    <Chip key={day} value={day} size="sm">
                      {t(`weekdays.${day}`)}
                    </Chip>
                  ))}
                </Group>
              </Chip.Group>
              <Group grow>
                <TextInput type="time" label={t("from")} {...form.getInputProps("from")} />
                <TextInput type="time" label={t("to")} {...form.getInputProps("to")} />
              </Group>
            </Stack>
          </Fieldset>
        )}
        <Checkbox label={t("hasRegion")} {...form.getInputProps("hasRegion", { type: "checkbox" })} />
        {values.hasRegion && (
          <Fieldset legend={t("region")}>
            <SimpleGrid cols={{ base: 2, sm: 4 }}>
              {sides.map((side) => (
                <NumberInput
                  key={side}
                  label={t(`sides.${side}`)}
                  suffix=" %"
                  min={0}
                  max={100}
                  value={Math.round(values.region[side] * 1000) / 10}
                  onChange={(percent) => form.setFieldValue(`region.${side}`, Number(percent) / 100)}
                />
              ))}
            </SimpleGrid>
          </Fieldset>
        )}
        <Switch label={t("enabled")} {...form.getInputProps("enabled", { type: "checkbox" })} />
        <ProblemAlert error={save.error} />
        <Button type="submit" loading={save.isPending}>
          {t(camera ? "common:save" : "add")}
        </Button>
      </Stack>
    </form>
  );
}
