import { Autocomplete, Button, Chip, Group, Input, NumberInput, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { fieldErrors } from "../../api/problem";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { useWeekdayName, weekdays, type Lesson } from "./ClassesPage";

type Props = { lesson: Lesson | null; className: string; classes: string[]; mayWrite: boolean; onDone: () => void };

/** A lesson as a whole: when it is held, and who is expected in it. */
export function LessonForm({ lesson, className, classes, mayWrite, onDone }: Props) {
  const { t } = useTranslation("classes");
  const times = useSchoolTime();
  const nameOf = useWeekdayName();
  const client = useQueryClient();
  const [isSure, setSure] = useState(false);
  const [draft, setDraft, forget] = useDraft(`classes/lesson/${lesson?.id ?? "new"}`, {
    name: lesson?.name ?? "",
    class_name: lesson ? (lesson.class_name ?? "") : className,
    weekdays: (lesson?.weekdays ?? []) as string[],
    starts: lesson?.starts ?? "07:00",
    ends: lesson?.ends ?? "07:45",
    opens_before_minutes: lesson?.opens_before_minutes ?? 15,
    grace_minutes: lesson?.grace_minutes ?? 10,
    students: lesson?.students.join("\n") ?? "",
    valid_from: lesson?.valid_from ?? times.day(),
    valid_until: lesson?.valid_until ?? "",
  });
  const form = useForm({ initialValues: draft, onValuesChange: setDraft });
  const done = () => {
    forget();
    onDone();
    return Promise.all(["timetable", "roll-call"].map((key) => client.invalidateQueries({ queryKey: [key] })));
  };
  const save = useMutation({
    mutationFn: async () => {
      const { class_name, students, valid_until, weekdays: days, ...rest } = form.values;
      const body = {
        ...rest,
        class_name: class_name.trim() || null,
        weekdays: days as Schemas["LessonBody"]["weekdays"],
        students: students.split(/[\s,;]+/).filter(Boolean),
        valid_until: valid_until || null,
      };
      if (lesson) await api.PUT("/api/v1/timetable/lessons/{id}", { params: { path: { id: lesson.id } }, body });
      else await api.POST("/api/v1/timetable/lessons", { body });
    },
    onSuccess: done,
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  const remove = useMutation({
    mutationFn: () => api.DELETE("/api/v1/timetable/lessons/{id}", { params: { path: { id: lesson!.id } } }),
    onSuccess: done,
  });

  return (
    <form onSubmit={form.onSubmit(() => save.mutate())}>
      <Stack>
        <TextInput label={t("name")} required data-autofocus maxLength={100} {...form.getInputProps("name")} />
        <Autocomplete label={t("class")} description={t("classWhat")} data={classes} limit={100} {...form.getInputProps("class_name")} />
        <Input.Wrapper label={t("weekdays")} required error={form.errors.weekdays}>
          <Chip.Group multiple value={form.values.weekdays} onChange={(days) => form.setFieldValue("weekdays", days)}>
            <Group gap="xs" mt={4} role="group" aria-label={t("weekdays")}>
              {weekdays.map((day) => (
                <Chip key={day} value={day} size="sm">
                  {nameOf(day)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        </Input.Wrapper>
        <Group grow>
          <TextInput type="time" label={t("starts")} required {...form.getInputProps("starts")} />
          <TextInput type="time" label={t("ends")} required {...form.getInputProps("ends")} />
        </Group>
        <Group grow align="start">
          <NumberInput label={t("opensBefore")} min={0} max={1440} required {...form.getInputProps("opens_before_minutes")} />
          <NumberInput
            label={t("grace")}
            description={t("graceWhat")}
            min={0}
            max={1440}
            required
            {...form.getInputProps("grace_minutes")}
          />
        </Group>
        <Group grow>
          <TextInput type="date" label={t("validFrom")} required {...form.getInputProps("valid_from")} />
          <TextInput type="date" label={t("validUntil")} {...form.getInputProps("valid_until")} />
        </Group>
        <Textarea
          label={t("students")}
          description={t("studentsWhat")}
          autosize
          minRows={2}
          maxRows={8}
          {...form.getInputProps("students")}
        />
        <Text size="sm" c="dimmed">
          {t("whatHappens")}
        </Text>
        <ProblemAlert error={save.error ?? remove.error} />
        {mayWrite && (
          <Group justify="space-between">
            {lesson ? (
              <Button
                variant={isSure ? "filled" : "subtle"}
                color="red"
                loading={remove.isPending}
                onClick={() => (isSure ? remove.mutate() : setSure(true))}
              >
                {t(isSure ? "removeSure" : "remove")}
              </Button>
            ) : (
              <span />
            )}
            <Button type="submit" loading={save.isPending}>
              {t("common:save")}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
